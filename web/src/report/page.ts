// What the server put into the page for the script, and how the script finds its way in the page.

interface PageData {
  locale: string
  code: string | null
  proof: boolean
  texts: Record<string, string>
}

/** The element that the server's template promises. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (!element) throw new Error(`#${id} is missing`)
  return element as T
}

/** The data block of this page. */
export const page: PageData = JSON.parse(byId('page').textContent ?? '{}') as PageData

/** A text in the page's language, with values put into their places. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  return Object.keys(values).reduce(
    (sentence, name) => sentence.replace(`{${name}}`, String(values[name])),
    page.texts[key] ?? key,
  )
}

/** A button that never submits the form around it. */
export function button(label: string, className: string, onClick: () => void): HTMLButtonElement {
  const element = document.createElement('button')
  element.type = 'button'
  element.className = className
  element.textContent = label
  element.addEventListener('click', onClick)
  return element
}

/** Shows a problem, above the part that it is about, and screen readers announce it; without one, hides the place. */
export function showProblem(problem: string, above?: Element): HTMLElement {
  const place = byId('problem')
  if (above) above.before(place)
  place.textContent = problem
  place.hidden = problem === ''
  return place
}
