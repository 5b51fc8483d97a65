import { computed, shallowRef, watch } from 'vue'
import { useSend } from '@/ui/load'
import { listProjects, type ProjectLine, type Wanted } from './data'

/** A list that is loaded page by page, and anew when something else is asked for. */
export function useProjects(where: () => { enterprise: string; query: Wanted }) {
  const items = shallowRef<ProjectLine[]>([])
  const next = shallowRef<string | null>(null)
  const ready = shallowRef(false)
  const { sending: loading, problem, send } = useSend()
  let latest = 0

  async function load(cursor?: string) {
    const mine = ++latest
    const { enterprise, query } = where()
    loading.value = false
    await send(async () => {
      const page = await listProjects(enterprise, { ...query, cursor })
      if (mine !== latest) return
      items.value = cursor ? [...items.value, ...page.items] : page.items
      next.value = page.next_cursor ?? null
      ready.value = true
    })
  }

  watch(
    () => JSON.stringify(where()),
    () => {
      ready.value = false
      items.value = []
      void load()
    },
    { immediate: true },
  )
  const more = computed(() => next.value !== null)
  return { items, more, ready, loading, problem, reload: () => load(), loadMore: () => load(next.value ?? undefined) }
}
