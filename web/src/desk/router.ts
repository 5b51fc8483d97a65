import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import FirstPage from '@/features/session/FirstPage.vue'
import LoginPage from '@/features/session/LoginPage.vue'
import RedeemPage from '@/features/session/RedeemPage.vue'
import { Blank, guard } from '@/modules/guard'
import { session } from '@/stores/session'

/** The first screen of whoever is logged in. */
function home(): string {
  const own = session.current.value?.home.id
  if (session.authority.value) return '/enterprises'
  // A factory without a name has just been made: its administrator goes on with the first steps.
  if (session.current.value?.home.name === '') return `/e/${own}/start`
  if (session.can('case_read')) return `/e/${own}/board`
  if (session.can('place_read')) return `/e/${own}/places`
  return '/me'
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: Blank },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true, title: 'session.title' } },
  { path: '/redeem', name: 'redeem', component: RedeemPage, meta: { open: true, title: 'session.redeem_title' } },
  { path: '/start', name: 'first', component: FirstPage, meta: { open: true, title: 'start.first_title' } },
  { path: '/e/:enterprise/start', name: 'start', component: () => import('@/features/start/StartPage.vue'), props: (route) => ({ ...route.params, headed: true }), meta: { title: 'start.title' } },
  { path: '/e/:enterprise/start/:step', name: 'start-step', component: () => import('@/features/start/StepPage.vue'), props: (route) => ({ ...route.params, headed: true }), meta: { title: 'start.title' } },
  { path: '/ui', name: 'ui', component: () => import('./UiPage.vue'), meta: { open: true, title: 'nav.ui' } },
  { path: '/e/:enterprise/board', name: 'board', component: () => import('@/features/boards/BoardPage.vue'), props: true, meta: { title: 'nav.board' } },
  { path: '/e/:enterprise/wall', name: 'wall', component: () => import('@/features/boards/WallPage.vue'), props: true, meta: { title: 'board.wall', bare: true } },
  { path: '/e/:enterprise/cases', name: 'cases', component: () => import('@/features/cases/CaseListPage.vue'), props: true, meta: { title: 'nav.cases' } },
  { path: '/e/:enterprise/cases/:case', name: 'case', component: () => import('./CasePage.vue'), props: true, meta: { title: 'nav.case' } },
  { path: '/e/:enterprise/rewards', name: 'rewards', component: () => import('@/features/rewards/RewardsPage.vue'), props: true, meta: { title: 'nav.rewards' } },
  { path: '/e/:enterprise/teams', name: 'teams', component: () => import('@/features/teams/TeamsPage.vue'), props: true, meta: { title: 'nav.teams' } },
  { path: '/e/:enterprise/teams/:team/agenda', name: 'agenda', component: () => import('@/features/teams/MeetingPage.vue'), props: true, meta: { title: 'nav.agenda' } },
  { path: '/e/:enterprise/meetings/:meeting', name: 'minutes', component: () => import('@/features/teams/MinutesPage.vue'), props: true, meta: { title: 'nav.minutes' } },
  { path: '/e/:enterprise/ideas', name: 'ideas', component: () => import('@/features/teams/IdeasPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, meeting: route.query.meeting, team: route.query.team, client: 'desk' }), meta: { title: 'nav.ideas' } },
  { path: '/e/:enterprise/places', name: 'places', component: () => import('@/features/places/PlacesPage.vue'), props: true, meta: { title: 'nav.places' } },
  { path: '/e/:enterprise/persons', name: 'persons', component: () => import('@/features/people/PersonsPage.vue'), props: true, meta: { title: 'nav.persons' } },
  { path: '/e/:enterprise/users', name: 'users', component: () => import('@/features/people/UsersPage.vue'), props: true, meta: { title: 'nav.users' } },
  { path: '/e/:enterprise/imports', name: 'imports', component: () => import('@/features/exchange/ImportsPage.vue'), props: true, meta: { title: 'nav.imports' } },
  { path: '/e/:enterprise/imports/:import', name: 'import', component: () => import('@/features/exchange/ImportPage.vue'), props: true, meta: { title: 'nav.imports' } },
  { path: '/enterprises', name: 'enterprises', component: () => import('@/features/places/EnterprisesPage.vue'), meta: { title: 'nav.enterprises' } },
  { path: '/me', name: 'me', component: () => import('@/features/session/AccountPage.vue'), meta: { title: 'nav.me' } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = guard(createRouter({ history: createWebHashHistory(), routes }), home)
