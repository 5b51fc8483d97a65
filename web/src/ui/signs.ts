import { signs, trusted } from '@/modules/trusted'

/** What can be tapped on the report page, in its order. */
export const categories = ['machine', 'electric', 'fire', 'fall', 'chemical', 'vehicle', 'other', 'near_miss', 'idea'] as const

/** Puts the signs of the report page into this page: an officer sees the sign that the worker tapped. */
export function placeSigns(): void {
  const drawn = new DOMParser().parseFromString(trusted.createHTML(signs), 'text/html').querySelector('svg')
  if (drawn) document.body.prepend(document.adoptNode(drawn))
}
