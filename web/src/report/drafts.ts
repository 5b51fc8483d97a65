// One report as the requests that carry it: the report itself, then what is attached to it.
import type { Draft } from '../offline'
import { lengthHeader, paddedFile, paddedJson } from './padding'

/** What the form holds when it is sent. */
export interface Filled {
  category: string
  text: string
  voice: string
  name: string
  finder: string
  danger: boolean
  name_machine: boolean
  /** Who reads it first: the team where the page offers no choice. */
  reader: string
  attachments: { name: string; blob: Blob }[]
}

/** The kind of the request that carries the report itself. */
export const REPORT = 'report'
/** The kind of those that carry a picture or a voice clip. */
export const ATTACHMENT = 'attachment'

/** A blob's own `arrayBuffer` is missing in older browsers. */
function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  return new Response(blob).arrayBuffer()
}

/**
 * The requests of a report, in order. `group` ties them together; `lookup` is what the server knows it by. To an
 * intake they are filled up to one of a few sizes.
 */
export async function draftsOf(filled: Filled, code: string, lookup: string, group: string, intake = false): Promise<Draft[]> {
  const body = {
    code,
    lookup,
    category: filled.category,
    text: filled.text.trim(),
    voice: filled.voice,
    // A name that was typed before the voice became anonymous stays on the phone.
    name: filled.voice === 'anonymous' ? null : filled.name.trim() || null,
    finder: filled.finder || null,
    danger: filled.danger,
    name_machine: filled.name_machine,
    reader: filled.reader || 'team',
    attachments: filled.attachments.map((attachment) => attachment.name),
  }
  const report: Draft = {
    kind: REPORT,
    group,
    method: 'POST',
    path: '/api/v1/reports',
    headers: { 'Content-Type': 'application/json' },
    body: await bytesOf(intake ? paddedJson(body) : new Blob([JSON.stringify(body)])),
  }
  const attached = filled.attachments.map(
    async ({ name, blob }): Promise<Draft> => ({
      kind: ATTACHMENT,
      group,
      method: 'PUT',
      path: `/api/v1/reports/attachments/${name}`,
      headers: { 'Content-Type': blob.type, 'Report-Lookup': lookup, ...(intake ? lengthHeader(blob) : {}) },
      body: await bytesOf(intake ? paddedFile(blob) : blob),
    }),
  )
  return [report, ...(await Promise.all(attached))]
}
