import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import QueuePage from '@/features/cases/QueuePage.vue'
import TriagePage from '@/features/cases/TriagePage.vue'
import EnterpriseCardsPage from '@/features/places/EnterpriseCardsPage.vue'
import PayOutPage from '@/features/rewards/PayOutPage.vue'
import FirstPage from '@/features/session/FirstPage.vue'
import LoginPage from '@/features/session/LoginPage.vue'
import RedeemPage from '@/features/session/RedeemPage.vue'
import { session } from '@/stores/session'
import CasePage from './CasePage.vue'
import MePage from './MePage.vue'
import WaitingPage from './WaitingPage.vue'
import { Blank, guard } from '@/modules/guard'

/** The first screen of whoever is logged in. */
function home(): string {
  const own = session.current.value?.home.id
  if (session.authority.value) return '/enterprises'
  // A factory without a name has just been made: its administrator goes on with the first steps.
  if (session.current.value?.home.name === '') return `/e/${own}/start`
  if (session.can('case_triage', 'intake_release')) return `/e/${own}/triage`
  if (session.can('case_fix')) return `/e/${own}/mine`
  if (session.can('case_read')) return `/e/${own}/open`
  return session.can('place_manage') ? `/e/${own}/start` : '/me'
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: Blank },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true, title: 'session.title' } },
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
  { path: '/e/:enterprise/cases/:case', name: 'case', component: CasePage, props: true, meta: { title: 'nav.case', back: true } },
  { path: '/e/:enterprise/pay-out', name: 'pay_out', component: PayOutPage, props: true, meta: { title: 'nav.pay_out' } },
  { path: '/e/:enterprise/teams', name: 'teams', component: () => import('@/features/teams/PhoneTeamsPage.vue'), props: true, meta: { title: 'nav.teams' } },
  { path: '/e/:enterprise/teams/:team/agenda', name: 'agenda', component: () => import('@/features/teams/PhoneMeetingPage.vue'), props: true, meta: { title: 'nav.agenda', back: true } },
  { path: '/e/:enterprise/meetings/:meeting', name: 'minutes', component: () => import('@/features/teams/MinutesPage.vue'), props: true, meta: { title: 'nav.minutes', back: true } },
  { path: '/e/:enterprise/ideas', name: 'ideas', component: () => import('@/features/teams/IdeasPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, meeting: route.query.meeting, team: route.query.team, client: 'phone' }), meta: { title: 'nav.ideas', back: true } },
  { path: '/enterprises', name: 'enterprises', component: EnterpriseCardsPage, meta: { title: 'nav.enterprises' } },
  { path: '/me', name: 'me', component: MePage, meta: { title: 'nav.me' } },
  { path: '/waiting', name: 'waiting', component: WaitingPage, meta: { title: 'nav.waiting', back: true } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = guard(createRouter({ history: createWebHashHistory(), routes }), home)
