import type { Router } from 'vue-router'
import { hooks } from '@/api/client'
import { session } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Reachable without a session. */
    open?: boolean
    /** Where a missing second step is set up or shown, before all other pages. */
    gate?: boolean
    /** Without navigation around it, for a big screen. */
    bare?: boolean
    /** The page leads back to where one came from. */
    back?: boolean
    /** The tab that stands for the page, where it is not its own. */
    tab?: string
    /** Key of the page's title. */
    title?: string
  }
}

/** The bare address shows nothing itself: the guard sends everybody on. */
export const Blank = { render: () => null }

/** Asks once who is logged in, and leads everybody else to the login page and back to where they wanted to go. */
export function guard(router: Router, home: () => string): Router {
  // Asked at once, while the texts are on their way.
  const asked = session.restore().catch(() => null)
  // The days may be over while somebody is at work.
  hooks.secondStep = () => {
    void session.restore().then(() => router.push({ name: 'second_step' }))
  }
  router.beforeEach(async (to) => {
    await asked
    session.visit(to.params.enterprise as string | undefined)
    if (to.meta.open) return true
    if (session.barred.value && !to.meta.gate) return { name: 'second_step' }
    if (to.meta.gate && session.current.value && !session.barred.value) return home()
    if (session.current.value) return to.name === 'home' ? home() : true
    return { name: 'login', query: to.name === 'home' ? {} : { next: to.fullPath } }
  })
  // After an update of the server an old page asks for files that are gone; a new page knows the new ones.
  router.onError((cause, to) => {
    if (!/dynamically imported module|importing a module/i.test(String(cause))) return
    window.location.hash = to.fullPath
    window.location.reload()
  })
  return router
}
