/** Sends a visitor of the bare address, of an invitation's or first start's link, or of a sign-in elsewhere, to the app that fits the screen. */
const app = window.matchMedia('(min-width: 900px)').matches ? '/desk/' : '/phone/'
const path = window.location.pathname
const page = path.startsWith('/login/redeem') ? 'redeem' : path.startsWith('/start') ? 'start' : ''

// What a provider has sent along leaves the address here, so that no later request tells it.
const back = path.startsWith('/login/from') ? window.location.search : ''
// The code of a link stands in the fragment and stays there, so that no request ever carries it.
const code = window.location.hash.slice(1)
const target = back ? `sign-in${back}` : page ? `${page}${code ? `?code=${code}` : ''}` : ''
window.location.replace(target ? `${app}#/${target}` : app)
