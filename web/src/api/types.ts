import type { components } from './schema.gen'

type Schemas = components['schemas']

// The document says `string` where the server keeps a closed vocabulary of its own; the words that this
// app draws or asks about are named here. A newer word from a newer server is shown as it is.
export type CaseState = 'new' | 'accepted' | 'declined' | 'referred' | 'merged' | 'planned' | 'done' | 'verified' | 'closed'
export type CaseKind = 'hazard' | 'near_miss' | 'idea' | 'injury_imported'
export type Voice = 'named' | 'in_confidence' | 'anonymous'
export type Legal = 'general' | 'major'
export type Role =
  | 'administrator'
  | 'manager'
  | 'safety_officer'
  | 'worker_representative'
  | 'eit_leader'
  | 'eit_secretary'
  | 'eit_member'
  | 'inspector'
  | 'county_officer'
export type Permission =
  | 'case_read'
  | 'case_triage'
  | 'case_ask'
  | 'case_plan'
  | 'case_fix'
  | 'case_verify'
  | 'case_close'
  | 'reporter_read_confidential'
  | 'reporter_read_named'
  | 'apart_read'
  | 'intake_release'
  | 'case_record'
  | 'alarm_answer'
  | 'notice_manage'
  | 'team_read'
  | 'team_manage'
  | 'meeting_run'
  | 'reward_read'
  | 'reward_approve'
  | 'reward_pay'
  | 'pay_code_pay'
  | 'project_read'
  | 'project_manage'
  | 'project_verify'
  | 'place_read'
  | 'place_manage'
  | 'heads_attest'
  | 'person_read'
  | 'person_manage'
  | 'account_watch'
  | 'user_manage'
  | 'import_run'
  | 'health_read'
  | 'tally_read'
  | 'enterprise_read'
  | 'enterprise_manage'

/** A generated type with some of its strings narrowed to the words they hold. */
type Narrow<T, N> = Omit<T, keyof N> & N

interface CaseWords {
  state: CaseState
  kind: CaseKind
  voice: Voice
  legal?: Legal | null
}

export type Session = Schemas['SessionBody']
export type RoleOnPlace = Schemas['RoleBody']
export type CaseSummary = Narrow<Schemas['SummaryBody'], CaseWords>
export type CaseDetail = Narrow<Schemas['CaseBody'], CaseWords>
export type CasePage = Narrow<Schemas['CasePageBody'], { items: CaseSummary[] }>
export type Suggestions = Narrow<
  Schemas['SuggestionsBody'],
  { alike: Narrow<Schemas['AlikeBody'], { state: CaseState }>[] }
>
export type Conversation = Schemas['ConversationBody']
export type Reply = Schemas['ReplyBody']
export type CaseEvent = Schemas['EventBody']
export type CaseAction = Schemas['ActionBody']
export type ActOnCase = Schemas['ActBody']
export type ActionType = CaseAction['type']
export type Attachment = Schemas['AttachmentBody']
export type Board = Schemas['BoardBody']
export type Figure = Schemas['FigureBody']
export type FigureList = Schemas['ListBody']
export type AreaVoice = Schemas['AreaVoiceBody']
export type TrendWeek = Schemas['TrendWeekBody']
export type QueueName = Schemas['QueueName']
export type Intake = Schemas['IntakeBody']
export type Places = Schemas['PlacesBody']
export type Site = Schemas['SiteBody']
export type Area = Schemas['AreaBody']
export type Person = Schemas['PersonBody']
export type PersonForm = Schemas['PersonRequest']
export type User = Schemas['UserBody']
export type Invitation = Schemas['InvitationBody']
export type Standing = Schemas['StandingBody']
export type Roll = Schemas['RollBody']
export type RiskMatrix = Schemas['MatrixBody']
export type Import = Schemas['ImportBody']
export type ImportError = Schemas['ImportErrorBody']
export type Count = Schemas['CountBody']
export type Enterprise = Schemas['EnterpriseBody']
export type Region = Schemas['RegionBody']
export type NamedRegion = Schemas['NamedRegionBody']
export type RegionBoard = Schemas['RegionBoardBody']
export type RegionEdition = Schemas['EditionBody']
export type RegionTotal = Schemas['TotalBody']
export type RegionPart = Schemas['PartBody']
export type FactoryLine = Schemas['FactoryBody']
export type FactoryLines = Schemas['FactoriesBody']
export type CaseAcross = Narrow<Schemas['CaseAcrossBody'], CaseWords>
export type CasesAcross = Narrow<Schemas['CasesAcrossBody'], { items: CaseAcross[] }>
export type Health = Schemas['HealthBody']

export type Team = Schemas['TeamBody']
export type TeamForm = Schemas['TeamRequest']
export type Member = Schemas['MemberBody']
export type MemberForm = Schemas['MemberRequest']
export type Balance = Schemas['BalanceBody']
export type AgendaItem = Narrow<Schemas['AgendaItemBody'], Pick<CaseWords, 'state' | 'kind'>>
export type Agenda = Narrow<Schemas['AgendaBody'], { items: AgendaItem[] }>
export type Meeting = Schemas['MeetingBody']
export type MeetingEntry = Schemas['MeetingEntryBody']
export type MeetingHead = Schemas['MeetingHeadBody']
export type MinutesLine = Schemas['MinutesLineBody']
export type Attendee = Schemas['AttendanceBody']
export type Decision = Schemas['DecisionBody']
export type Idea = Schemas['IdeaBody']
