/** Sends a visitor of the bare address, or of an invitation link, to the app that fits the screen. */
const app = window.matchMedia('(min-width: 900px)').matches ? '/desk/' : '/phone/'
const invited = window.location.pathname.startsWith('/login/redeem')

// An invitation's code stands in the fragment and stays there, so that no request ever carries it.
const code = window.location.hash.slice(1)
window.location.replace(invited ? `${app}#/redeem${code ? `?code=${code}` : ''}` : app)
