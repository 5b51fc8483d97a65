import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import QueuePage from '@/features/cases/QueuePage.vue'
import TriagePage from '@/features/cases/TriagePage.vue'
import PayOutPage from '@/features/rewards/PayOutPage.vue'
import FirstPage from '@/features/session/FirstPage.vue'
import LoginPage from '@/features/session/LoginPage.vue'
import SignInPage from '@/features/session/SignInPage.vue'
import RedeemPage from '@/features/session/RedeemPage.vue'
import { session } from '@/stores/session'
import CasePage from './CasePage.vue'
import EnterprisesPage from './EnterprisesPage.vue'
import MePage from './MePage.vue'
import WaitingPage from './WaitingPage.vue'
import { Blank, guard } from '@/modules/guard'

/** The first screen of whoever is logged in, as their work wants it; by what they may do where no role tells. */
function home(): string {
  const own = `/e/${session.current.value?.home.id}`
  if (session.authority.value) return '/enterprises'
  // A factory without a name has just been made: its administrator goes on with the first steps.
  if (session.current.value?.home.name === '') return `${own}/start`
  if (session.holds('safety_officer') && session.canSomewhere('case_triage')) return `${own}/triage`
  if (session.holds('worker_representative')) return `${own}/confided`
  if (session.holds('eit_leader', 'eit_secretary', 'eit_member') && session.can('case_read')) return `${own}/this-week`
  if (session.holds('manager') && session.can('tally_read')) return `${own}/board`
  // Whoever holds a role on one area only finds the cases of that area.
  if (session.canSomewhere('case_triage')) return `${own}/triage`
  if (session.canSomewhere('case_fix')) return `${own}/mine`
  if (session.canSomewhere('case_read')) return `${own}/open`
  if (session.can('place_manage')) return `${own}/start`
  return session.can('tally_read') ? `${own}/board` : '/me'
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: Blank },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true, title: 'session.title' } },
  { path: '/sign-in', name: 'sign-in', component: SignInPage, meta: { open: true, title: 'session.from_title' } },
  { path: '/redeem', name: 'redeem', component: RedeemPage, meta: { open: true, title: 'session.redeem_title' } },
  { path: '/start', name: 'first', component: FirstPage, meta: { open: true, title: 'start.first_title' } },
  { path: '/e/:enterprise/start', name: 'start', component: () => import('@/features/start/StartPage.vue'), props: true, meta: { title: 'start.title' } },
  { path: '/e/:enterprise/start/:step', name: 'start-step', component: () => import('@/features/start/StepPage.vue'), props: true, meta: { title: 'start.title', back: true } },
  { path: '/e/:enterprise/triage', name: 'triage', component: TriagePage, props: true, meta: { title: 'nav.triage' } },
  {
    path: '/e/:enterprise/mine',
    name: 'mine',
    component: QueuePage,
    props: (route) => ({ enterprise: route.params.enterprise, queue: 'mine' }),
    meta: { title: 'nav.mine' },
  },
  {
    path: '/e/:enterprise/open',
    name: 'open',
    component: QueuePage,
    props: (route) => ({ enterprise: route.params.enterprise, queue: 'open' }),
    meta: { title: 'nav.open' },
  },
  { path: '/e/:enterprise/confided', name: 'confided', component: () => import('@/features/cases/ConfidedPage.vue'), props: true, meta: { title: 'nav.confided' } },
  { path: '/e/:enterprise/apart', name: 'apart', component: () => import('@/features/apart/ApartPage.vue'), props: true, meta: { title: 'nav.apart', back: true } },
  { path: '/e/:enterprise/apart/:report', name: 'apart_one', component: () => import('@/features/apart/OneApartPage.vue'), props: true, meta: { title: 'nav.apart', back: true } },
  { path: '/e/:enterprise/board', name: 'board', component: () => import('@/features/boards/PhoneBoardPage.vue'), props: true, meta: { title: 'nav.board' } },
  {
    path: '/e/:enterprise/cases',
    name: 'cases',
    component: () => import('@/features/cases/CountedPage.vue'),
    props: (route) => ({ ...route.query, enterprise: route.params.enterprise }),
    meta: { title: 'nav.counted', back: true },
  },
  { path: '/e/:enterprise/this-week', name: 'this_week', component: () => import('@/features/teams/ThisWeekPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, client: 'phone' }), meta: { title: 'nav.agenda', tab: 'teams' } },
  { path: '/e/:enterprise/cases/:case', name: 'case', component: CasePage, props: true, meta: { title: 'nav.case', back: true } },
  { path: '/e/:enterprise/pay-out', name: 'pay_out', component: PayOutPage, props: true, meta: { title: 'nav.pay_out' } },
  { path: '/e/:enterprise/teams', name: 'teams', component: () => import('@/features/teams/PhoneTeamsPage.vue'), props: true, meta: { title: 'nav.teams' } },
  { path: '/e/:enterprise/teams/:team/agenda', name: 'agenda', component: () => import('@/features/teams/PhoneMeetingPage.vue'), props: true, meta: { title: 'nav.agenda', back: true } },
  { path: '/e/:enterprise/meetings/:meeting', name: 'minutes', component: () => import('@/features/teams/MinutesPage.vue'), props: true, meta: { title: 'nav.minutes', back: true } },
  { path: '/e/:enterprise/ideas', name: 'ideas', component: () => import('@/features/teams/IdeasPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, meeting: route.query.meeting, team: route.query.team, client: 'phone' }), meta: { title: 'nav.ideas', back: true } },
  { path: '/e/:enterprise/projects', name: 'projects', component: () => import('@/features/projects/PhoneProjectsPage.vue'), props: true, meta: { title: 'nav.projects', back: true } },
  { path: '/e/:enterprise/projects/new', name: 'project-new', component: () => import('@/features/projects/NewProjectPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, case: route.query.case }), meta: { title: 'project.new', back: true } },
  { path: '/e/:enterprise/projects/:project', name: 'project', component: () => import('@/features/projects/ProjectPage.vue'), props: true, meta: { title: 'nav.project', back: true } },
  { path: '/enterprises', name: 'enterprises', component: EnterprisesPage, meta: { title: 'nav.enterprises' } },
  { path: '/e/:enterprise/notices', name: 'notices', component: () => import('@/features/notices/NoticesPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, mine: { name: 'mine', params: route.params } }), meta: { title: 'nav.notices', back: true } },
  { path: '/e/:enterprise/accounts', name: 'accounts', component: () => import('./AccountsPage.vue'), props: true, meta: { title: 'nav.accounts', back: true } },
  { path: '/me/account', name: 'own', component: () => import('@/features/accounts/OwnPage.vue'), meta: { title: 'own.title', back: true } },
  { path: '/approve', name: 'approve', component: () => import('@/features/approvals/ApprovePage.vue'), props: (route) => ({ code: route.query.code }), meta: { title: 'approval.title', back: true } },
  { path: '/second-step', name: 'second_step', component: () => import('./SecondStepPage.vue'), meta: { gate: true, title: 'identity.step_title' } },
  { path: '/me', name: 'me', component: MePage, meta: { title: 'nav.me' } },
  { path: '/waiting', name: 'waiting', component: WaitingPage, meta: { title: 'nav.waiting', back: true } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = guard(createRouter({ history: createWebHashHistory(), routes }), home)
