/** Sends a visitor of the bare address, or of an invitation link, to the app that fits the screen. */
const app = window.matchMedia('(min-width: 900px)').matches ? '/desk/' : '/phone/'
const code = new URLSearchParams(window.location.search).get('code')
const invited = window.location.pathname.startsWith('/login/redeem')

// The code travels in the fragment from here on, so that no further request carries it.
const target = invited ? `${app}#/redeem${code ? `?code=${encodeURIComponent(code)}` : ''}` : app
window.location.replace(target)
