import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import FirstPage from '@/features/session/FirstPage.vue'
import LoginPage from '@/features/session/LoginPage.vue'
import SignInPage from '@/features/session/SignInPage.vue'
import RedeemPage from '@/features/session/RedeemPage.vue'
import { Blank, guard } from '@/modules/guard'
import { session } from '@/stores/session'

/** The first screen of whoever is logged in, as their work wants it; by what they may do where no role tells. */
function home(): string {
  const own = `/e/${session.current.value?.home.id}`
  // The administrator of an authority keeps its directory; everybody else there looks after factories.
  if (session.authority.value) return session.canInRegion('tally_read') && !session.canInRegion('enterprise_manage') ? '/region' : '/enterprises'
  // A factory without a name has just been made: its administrator goes on with the first steps.
  if (session.current.value?.home.name === '') return `${own}/start`
  if (session.holds('manager') && session.can('tally_read')) return `${own}/board`
  if (session.holds('safety_officer') && session.canSomewhere('case_triage')) return `${own}/cases?queue=triage`
  if (session.holds('worker_representative')) return `${own}/cases?queue=confided`
  if (session.holds('eit_leader', 'eit_secretary', 'eit_member') && session.can('case_read')) return `${own}/this-week`
  if (session.can('case_read')) return `${own}/board`
  // Whoever holds a role on one area only finds the cases of that area.
  if (session.canSomewhere('case_read')) return `${own}/cases`
  if (session.can('health_read')) return `${own}/health`
  if (session.can('tally_read')) return `${own}/board`
  return session.canSomewhere('place_read') ? `${own}/places` : '/me'
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: Blank },
  { path: '/login', name: 'login', component: LoginPage, meta: { open: true, title: 'session.title' } },
  { path: '/sign-in', name: 'sign-in', component: SignInPage, meta: { open: true, title: 'session.from_title' } },
  { path: '/redeem', name: 'redeem', component: RedeemPage, meta: { open: true, title: 'session.redeem_title' } },
  { path: '/start', name: 'first', component: FirstPage, meta: { open: true, title: 'start.first_title' } },
  { path: '/e/:enterprise/start', name: 'start', component: () => import('@/features/start/StartPage.vue'), props: (route) => ({ ...route.params, headed: true }), meta: { title: 'start.title' } },
  { path: '/e/:enterprise/start/:step', name: 'start-step', component: () => import('@/features/start/StepPage.vue'), props: (route) => ({ ...route.params, headed: true }), meta: { title: 'start.title' } },
  { path: '/ui', name: 'ui', component: () => import('./UiPage.vue'), meta: { open: true, title: 'nav.ui' } },
  { path: '/e/:enterprise/board', name: 'board', component: () => import('@/features/boards/BoardPage.vue'), props: true, meta: { title: 'nav.board' } },
  { path: '/e/:enterprise/wall', name: 'wall', component: () => import('@/features/boards/WallPage.vue'), props: true, meta: { title: 'board.wall', bare: true } },
  { path: '/e/:enterprise/cases', name: 'cases', component: () => import('@/features/cases/CaseListPage.vue'), props: true, meta: { title: 'nav.cases' } },
  { path: '/e/:enterprise/cases/:case', name: 'case', component: () => import('./CasePage.vue'), props: true, meta: { title: 'nav.case' } },
  { path: '/e/:enterprise/projects', name: 'projects', component: () => import('@/features/projects/ProjectsPage.vue'), props: true, meta: { title: 'nav.projects' } },
  { path: '/e/:enterprise/projects/new', name: 'project-new', component: () => import('@/features/projects/NewProjectPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, case: route.query.case, headed: true }), meta: { title: 'project.new' } },
  { path: '/e/:enterprise/projects/:project', name: 'project', component: () => import('@/features/projects/ProjectPage.vue'), props: (route) => ({ ...route.params, headed: true }), meta: { title: 'nav.project' } },
  { path: '/e/:enterprise/rewards', name: 'rewards', component: () => import('@/features/rewards/RewardsPage.vue'), props: true, meta: { title: 'nav.rewards' } },
  { path: '/e/:enterprise/teams', name: 'teams', component: () => import('@/features/teams/TeamsPage.vue'), props: true, meta: { title: 'nav.teams' } },
  { path: '/e/:enterprise/teams/:team/agenda', name: 'agenda', component: () => import('@/features/teams/MeetingPage.vue'), props: true, meta: { title: 'nav.agenda' } },
  { path: '/e/:enterprise/meetings/:meeting', name: 'minutes', component: () => import('@/features/teams/MinutesPage.vue'), props: true, meta: { title: 'nav.minutes' } },
  { path: '/e/:enterprise/ideas', name: 'ideas', component: () => import('@/features/teams/IdeasPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, meeting: route.query.meeting, team: route.query.team, client: 'desk' }), meta: { title: 'nav.ideas' } },
  { path: '/e/:enterprise/this-week', name: 'this_week', component: () => import('@/features/teams/ThisWeekPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, client: 'desk' }), meta: { title: 'nav.agenda' } },
  { path: '/e/:enterprise/health', name: 'health', component: () => import('@/features/health/HealthPage.vue'), props: true, meta: { title: 'nav.health' } },
  { path: '/region', name: 'region', component: () => import('@/features/oversight/RegionPage.vue'), meta: { title: 'nav.region' } },
  { path: '/region/factories', name: 'factories', component: () => import('@/features/oversight/FactoriesPage.vue'), meta: { title: 'nav.enterprises' } },
  { path: '/region/cases', name: 'region_cases', component: () => import('@/features/oversight/CasesAcrossPage.vue'), meta: { title: 'oversight.cases' } },
  { path: '/e/:enterprise/places', name: 'places', component: () => import('@/features/places/PlacesPage.vue'), props: true, meta: { title: 'nav.places' } },
  { path: '/e/:enterprise/persons', name: 'persons', component: () => import('@/features/people/PersonsPage.vue'), props: true, meta: { title: 'nav.persons' } },
  { path: '/e/:enterprise/users', name: 'users', component: () => import('@/features/people/UsersPage.vue'), props: true, meta: { title: 'nav.users' } },
  { path: '/e/:enterprise/keys', name: 'keys', component: () => import('@/features/devices/KeysPage.vue'), props: true, meta: { title: 'nav.keys' } },
  { path: '/e/:enterprise/accounts', name: 'accounts', component: () => import('./AccountsPage.vue'), props: true, meta: { title: 'nav.accounts' } },
  { path: '/e/:enterprise/imports', name: 'imports', component: () => import('@/features/exchange/ImportsPage.vue'), props: true, meta: { title: 'nav.imports' } },
  { path: '/e/:enterprise/imports/:import', name: 'import', component: () => import('@/features/exchange/ImportPage.vue'), props: true, meta: { title: 'nav.imports' } },
  { path: '/e/:enterprise/notices', name: 'notices', component: () => import('@/features/notices/NoticesPage.vue'), props: (route) => ({ enterprise: route.params.enterprise, headed: true, mine: { name: 'cases', params: route.params, query: { queue: 'mine' } } }), meta: { title: 'nav.notices' } },
  { path: '/e/:enterprise/notices/rhythm', name: 'rhythm', component: () => import('@/features/notices/RhythmPage.vue'), props: true, meta: { title: 'nav.rhythm' } },
  { path: '/enterprises', name: 'enterprises', component: () => import('@/features/places/EnterprisesPage.vue'), meta: { title: 'nav.enterprises' } },
  { path: '/me/account', name: 'own', component: () => import('@/features/accounts/OwnPage.vue'), props: { headed: true }, meta: { title: 'own.title' } },
  { path: '/second-step', name: 'second_step', component: () => import('./SecondStepPage.vue'), meta: { gate: true, title: 'identity.step_title' } },
  { path: '/me', name: 'me', component: () => import('@/features/session/AccountPage.vue'), meta: { title: 'nav.me' } },
  { path: '/:rest(.*)*', redirect: '/' },
]

export const router = guard(createRouter({ history: createWebHashHistory(), routes }), home)
