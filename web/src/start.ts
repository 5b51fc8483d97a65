/** Sends a visitor of the bare address, or of an invitation's or first start's link, to the app that fits the screen. */
const app = window.matchMedia('(min-width: 900px)').matches ? '/desk/' : '/phone/'
const path = window.location.pathname
const page = path.startsWith('/login/redeem') ? 'redeem' : path.startsWith('/start') ? 'start' : ''

// The code of a link stands in the fragment and stays there, so that no request ever carries it.
const code = window.location.hash.slice(1)
window.location.replace(page ? `${app}#/${page}${code ? `?code=${code}` : ''}` : app)
