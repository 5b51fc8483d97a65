import sprite from '../../../crates/api/templates/signs.html?raw'

/** Where the service worker of the phone app lies. */
export const worker = '/phone/worker.js'
/** The signs that can be tapped on the report page, as they stand there. */
export const signs = sprite

interface Policy {
  createHTML: (text: string) => string
  createScriptURL: (text: string) => string
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy: (name: string, rules: Policy) => Policy }
  }
}

/** Lets through what is ours and was there when the app was built; no text that somebody wrote can be among it. */
function own(text: string): string {
  if (text !== signs && text !== worker) throw new TypeError('only built-in markup and scripts')
  return text
}

const rules: Policy = { createHTML: own, createScriptURL: own }

/** All that this app turns into markup or script passes here: the server's policy refuses the rest (Trusted Types). */
export const trusted: Policy = window.trustedTypes?.createPolicy('hezuo', rules) ?? rules
