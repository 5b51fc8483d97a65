import { computed, shallowRef } from 'vue'
import { api, got } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Alarm = Schemas['AlarmBody']
export type Notice = Schemas['NoticeBody']
export type NoticePage = Schemas['NoticePageBody']
export type Rhythm = Schemas['RhythmBody']

/** The alarms that may be answered here, as they were last loaded. */
export const alarms = shallowRef<Alarm[]>([])

/** How many notices are unread, as last loaded. */
export const unread = shallowRef(0)

/** Of the alarms those that ring here; a wall rings for everybody. */
export const ringing = (everybody: () => boolean) => computed(() => alarms.value.filter((alarm) => alarm.rings || everybody()))

const at = (enterprise: string) => ({ params: { path: { enterprise } } })

/** Says that nobody asked for it, so that an open page does not keep a session alive. */
const byItself = { headers: { 'Hezuo-By-Itself': '1' } }

/** Loads the alarms again. */
export async function loadAlarms(enterprise: string): Promise<void> {
  alarms.value = (await got(api.GET('/api/v1/enterprises/{enterprise}/alarms', { ...at(enterprise), ...byItself }))).items
}

/** "I go there now." */
export async function answerAlarm(enterprise: string, id: string, client: 'phone' | 'desk'): Promise<void> {
  const path = { enterprise, case: id }
  await got(api.POST('/api/v1/enterprises/{enterprise}/cases/{case}/alarm/answer', { params: { path }, body: { client } }))
}

/** A page of one's own notices. */
export async function listNotices(enterprise: string, cursor?: string, limit = 50): Promise<NoticePage> {
  const page = await got(api.GET('/api/v1/enterprises/{enterprise}/notices', { params: { path: { enterprise }, query: { cursor, limit } } }))
  unread.value = page.unread
  return page
}

/** Counts what is unread, for the bell. */
export async function countUnread(enterprise: string): Promise<void> {
  const query = { limit: 1 }
  const page = await got(api.GET('/api/v1/enterprises/{enterprise}/notices', { params: { path: { enterprise }, query }, ...byItself }))
  unread.value = page.unread
}

/** Marks one notice as read, or all. */
export async function readNotices(enterprise: string, id?: string): Promise<void> {
  await got(api.POST('/api/v1/enterprises/{enterprise}/notices/read', { ...at(enterprise), body: { id } }))
}

/** When notices go out. */
export function findRhythm(enterprise: string): Promise<Rhythm> {
  return got(api.GET('/api/v1/enterprises/{enterprise}/notices/rhythm', at(enterprise)))
}

/** Sets when notices go out. */
export async function saveRhythm(enterprise: string, body: Rhythm): Promise<void> {
  await got(api.PUT('/api/v1/enterprises/{enterprise}/notices/rhythm', { ...at(enterprise), body }))
}
