/** Figures about people: they stand for a whole month, whatever period was chosen. */
export const ABOUT_PEOPLE = ['people', 'front_line']

/** Figures as screens group them: as it stands today, over the chosen period, and about people. */
export function grouped<T extends { name: string; period?: unknown }>(figures: T[]): { key: 'today' | 'span' | 'month'; figures: T[] }[] {
  const isAboutPeople = (each: T) => ABOUT_PEOPLE.includes(each.name)
  return [
    { key: 'today', figures: figures.filter((each) => !each.period) },
    { key: 'span', figures: figures.filter((each) => each.period && !isAboutPeople(each)) },
    { key: 'month', figures: figures.filter(isAboutPeople) },
  ]
}
