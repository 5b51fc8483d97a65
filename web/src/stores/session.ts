import { computed, reactive } from 'vue'
import { api, got, hooks } from '@/api/client'
import { Problem } from '@/api/problem'
import type { Permission, Role, Session } from '@/api/types'
import { forgetSeen } from '@/modules/pwa'
import { followSession, i18n } from '@/modules/i18n'
import { answer } from '@/modules/passkey'

interface State {
  session: Session | null
  /** The factory whose pages are open, where it is not the caller's own. */
  abroad: boolean
  /** The session ended while somebody was at work: the page stays, and a dialog asks for the password. */
  expired: boolean
  /** Something counts as a signature: the page stays, and a dialog asks who is there. */
  proving: boolean
}

const state = reactive<State>({ session: null, abroad: false, expired: false, proving: false })
let waiting: ((again: boolean) => void)[] = []
let unproved: ((shown: boolean) => void)[] = []

hooks.language = () => i18n.global.locale.value
hooks.logInAgain = () => {
  // Without a session nobody was at work; the router shows the login page instead.
  if (!state.session) return Promise.resolve(false)
  state.expired = true
  return new Promise((resolve) => waiting.push(resolve))
}
hooks.prove = () => {
  if (!state.session) return Promise.resolve(false)
  state.proving = true
  return new Promise((resolve) => unproved.push(resolve))
}

export const session = {
  state,
  current: computed(() => state.session),
  /** Whether a second step must be set up or shown before anything else. */
  barred: computed(() => ['set_up', 'show'].includes(state.session?.second_step.state ?? '')),
  /** Whether this person works in an authority, and so chooses a factory first. */
  authority: computed(() => state.session !== null && state.session.home.kind !== 'enterprise'),

  /** Whether this person may do one of these things in the factory whose pages are open. */
  can(...wanted: Permission[]): boolean {
    const held = state.abroad ? state.session?.region_permissions : state.session?.permissions
    return wanted.some((each) => held?.includes(each) ?? false)
  },

  /** Whether this person may do one of these things somewhere in that factory: in all of it, on one site or in one area. */
  canSomewhere(...wanted: Permission[]): boolean {
    const held = state.abroad ? state.session?.region_permissions : state.session?.somewhere
    return wanted.some((each) => held?.includes(each) ?? false)
  },

  /** Whether this person holds one of these roles, wherever. */
  holds(...roles: Role[]): boolean {
    return state.session?.roles.some((each) => roles.includes(each.role as Role)) ?? false
  },

  /** Whether this person may do it for a whole region. */
  canInRegion(wanted: Permission): boolean {
    return state.session?.region_permissions.includes(wanted) ?? false
  },

  /** Called when the pages of a factory open, or of none. */
  visit(enterprise: string | undefined): void {
    state.abroad = enterprise !== undefined && enterprise !== state.session?.home.id
  },

  /** Asks the server who is logged in; nobody is an answer, not a fault. */
  async restore(): Promise<Session | null> {
    try {
      await begin(await got(api.GET('/api/v1/session')))
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.status !== 401) throw cause
      // The server was reached and knows nobody here any more, so nobody goes on reading what was seen.
      await forgetSeen()
    }
    return state.session
  },

  /** Null once logged in; a ticket where the second step is asked for. */
  async logIn(login: string, password: string): Promise<string | null> {
    return beginOrAsk(await got(api.POST('/api/v1/session', { body: { login, password } })))
  },

  /** With a passkey alone. */
  async logInByPasskey(): Promise<Session> {
    const challenge = await got(api.POST('/api/v1/session/passkey-challenge'))
    return begin(await got(api.POST('/api/v1/session/passkey', { body: await answer(challenge) })))
  },

  /** Begins to wait for an approval from a phone that is signed in. */
  waitForPhone() {
    return got(api.POST('/api/v1/session/approval'))
  },

  /** Null once let in; otherwise the seconds that are left. */
  async takeApproval(): Promise<number | null> {
    const next = await got(api.POST('/api/v1/session/approval/take'))
    if ('seconds' in next) return next.seconds
    await begin(next)
    return null
  },

  /** Ends the question who is there: shown, or not now. */
  proved(shown: boolean): void {
    const all = unproved
    unproved = []
    state.proving = false
    all.forEach((resolve) => resolve(shown))
  },

  /** Null once logged in; a ticket where the second step is asked for. */
  async redeem(code: string, password: string): Promise<string | null> {
    return beginOrAsk(await got(api.POST('/api/v1/session/redeem', { body: { code, password } })))
  },

  /** The second step: a code of the app, or one from paper. */
  async second(ticket: string, code: string): Promise<Session> {
    return begin(await got(api.POST('/api/v1/session/second', { body: { ticket, code } })))
  },

  /** Goes away to sign in through a provider. */
  async leaveFor(provider: string): Promise<void> {
    const { url } = await got(api.POST('/api/v1/sign-in/{provider}', { params: { path: { provider } } }))
    window.location.assign(url)
  },

  /** Comes back from there. */
  async comeBack(body: { code?: string; state: string; iss?: string }): Promise<Session> {
    return begin(await got(api.POST('/api/v1/sign-in', { body })))
  },

  /** The first administrator comes in with the link that the server printed. */
  async first(body: { code: string; name: string; login: string; password: string; locale: string }): Promise<Session> {
    return begin(await got(api.POST('/api/v1/start', { body })))
  },

  async logOut(): Promise<void> {
    await got(api.DELETE('/api/v1/session'))
    await forgetSeen()
    state.session = null
  },

  /** Gives up on the page that waits for a new login. */
  leave(): void {
    state.session = null
    state.expired = false
    settle(false)
  },
}

async function beginOrAsk(next: Session | { ticket: string }): Promise<string | null> {
  if ('ticket' in next) return next.ticket
  await begin(next)
  return null
}

async function begin(next: Session): Promise<Session> {
  const before = state.session
  await followSession(next.locale)
  if (before && before.user_id !== next.user_id) {
    // Somebody else took over the device: nothing that the first one typed may be sent in their name, nor read.
    settle(false)
    await forgetSeen()
    window.location.reload()
    return next
  }
  state.session = next
  state.expired = false
  settle(true)
  return next
}

function settle(again: boolean): void {
  const all = waiting
  waiting = []
  all.forEach((resolve) => resolve(again))
}
