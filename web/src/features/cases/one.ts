import { shallowRef, watch, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import type { CaseDetail } from '@/api/types'
import { findCase } from './data'
import { changes } from '@/stores/live'
import { caughtUp } from './send'

export interface OneCase {
  one: Ref<CaseDetail | null>
  problem: Ref<Problem | null>
  reload: () => Promise<void>
}

/** One case that is loaded, replaced after every decision, and loaded again when somebody else was faster. */
export function useCase(where: () => { enterprise: string; case: string }): OneCase {
  const one = shallowRef<CaseDetail | null>(null)
  const problem = shallowRef<Problem | null>(null)

  async function reload(): Promise<void> {
    const { enterprise, case: id } = where()
    try {
      const found = await findCase(enterprise, id)
      if (id !== where().case) return
      one.value = found
      problem.value = null
    } catch (cause) {
      problem.value = asProblem(cause)
    }
  }

  watch(
    () => where().case,
    () => {
      one.value = null
      void reload()
    },
  )
  watch(caughtUp, (now) => {
    if (now?.id === where().case) one.value = now
  })
  // Not under the hands of somebody who is deciding: that decision finds out for itself.
  watch(changes, () => {
    if (!document.querySelector('dialog[open]')) void reload()
  })
  void reload()
  return { one, problem, reload }
}
