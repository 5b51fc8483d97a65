import { computed, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemText, type Problem } from '@/api/problem'
import type { Agenda, AgendaItem, CaseAction, Meeting } from '@/api/types'
import { session } from '@/stores/session'
import { useLoad, useSend } from '@/ui/load'
import { say } from '@/ui/notice'
import { beginMeeting, findAgenda, findMeeting, markAttendance, writeDecisions, type Mark } from './data'
import { blamed, decided, keep, read, toSend, without, type Draft, type Kept } from './drafts'

export interface MeetingView {
  agenda: Ref<Agenda | null>
  meeting: ShallowRef<Meeting | null>
  drafts: ComputedRef<Draft[]>
  draftOf: (id: string) => Draft | undefined
  runs: ComputedRef<boolean>
  problem: Ref<Problem | null>
  sending: Ref<boolean>
  sendProblem: Ref<Problem | null>
  trouble: Ref<string>
  begin: () => Promise<void>
  mark: (marks: Mark[]) => Promise<void>
  decide: (item: AgendaItem, actions: CaseAction[], note?: string) => void
  takeBack: (id: string) => void
  write: () => Promise<boolean>
  reload: () => Promise<void>
}

/** A team's meeting as the phone and the shared screen both run it. */
export function useMeeting(props: { enterprise: string; team: string }, client: 'phone' | 'desk'): MeetingView {
  const { t, te } = useI18n()
  const meeting = shallowRef<Meeting | null>(null)
  const kept = shallowRef<Kept>({ id: '', drafts: [] })
  const trouble = ref('')
  const { data: agenda, problem, reload } = useLoad(async () => {
    const now = await findAgenda(props.enterprise, props.team)
    meeting.value = now.open_meeting ? await findMeeting(props.enterprise, now.open_meeting) : null
    return now
  })
  const { sending, problem: sendProblem, send } = useSend()
  watch(
    () => meeting.value?.id,
    (id) => (kept.value = id ? read(id) : { id: '', drafts: [] }),
  )
  const drafts = computed(() => kept.value.drafts)
  const runs = computed(() => session.can('meeting_run') && meeting.value !== null)

  function change(next: Draft[]) {
    trouble.value = ''
    sendProblem.value = null
    if (meeting.value) kept.value = keep(meeting.value.id, next)
  }

  async function begin() {
    await send(async () => {
      meeting.value = await beginMeeting(props.enterprise, props.team)
      await reload()
    })
  }

  async function mark(marks: Mark[]) {
    const open = meeting.value
    if (open) await send(async () => void (meeting.value = await markAttendance(props.enterprise, open.id, marks)))
  }

  /** Writes all decisions at once. What can't be written is named, and everything stays as it was typed. */
  async function write(): Promise<boolean> {
    const open = meeting.value
    if (!open || drafts.value.length === 0) return true
    trouble.value = ''
    const n = drafts.value.length
    const sent = await send(() => writeDecisions(props.enterprise, open.id, kept.value.id, client, toSend(drafts.value)))
    if (sent) {
      change([])
      say(t('meeting.written', { n }, n))
      await reload()
      return true
    }
    const wrong = sendProblem.value && blamed(sendProblem.value, drafts.value)
    if (sendProblem.value && wrong) {
      const why = problemText(sendProblem.value, t, te)
      trouble.value = sendProblem.value.code === 'case.stale' ? t('meeting.stale', { ref: wrong.ref }) : t('meeting.wrong', { ref: wrong.ref, why })
      sendProblem.value = null
      await reload()
    }
    return false
  }

  return {
    agenda,
    meeting,
    drafts,
    draftOf: (id) => drafts.value.find((each) => each.case === id),
    runs,
    problem,
    sending,
    sendProblem,
    trouble,
    begin,
    mark,
    decide: (item, actions, note) => change(decided(drafts.value, item, actions, note)),
    takeBack: (id) => change(without(drafts.value, id)),
    write,
    reload,
  }
}
