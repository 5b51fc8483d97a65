import type { ActionType, CaseAction, CaseDetail } from '@/api/types'

/** What every form of an action is given. */
export interface FormProps {
  action: ActionType
  one: CaseDetail
  enterprise: string
  today: string
  busy: boolean
}

/** What every form of an action gives back. */
export interface FormEmits {
  (event: 'decide', action: CaseAction, picture?: Blob): void
}
