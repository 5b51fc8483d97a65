import type { AgendaItem, CaseAction } from '@/api/types'
import { addDays } from '@/ui/days'

/** A plan as it is typed. */
export interface PlanEntry {
  owner: string
  due_day: string
  measure: string
  responsibility: string
  money: string
  contingency: string
}

/** What is proposed: the plan that stands, or a week from now. */
export function emptyPlan(item: AgendaItem, today: string): PlanEntry {
  const due = item.due_day && item.due_day > today ? item.due_day : addDays(today, item.danger ? 1 : 7)
  return {
    owner: item.owner_id ?? '',
    due_day: due,
    measure: item.plan?.measure ?? '',
    responsibility: item.plan?.responsibility ?? '',
    money: item.plan?.money ? String(item.plan.money.minor / 100) : '',
    contingency: item.plan?.contingency ?? '',
  }
}

/** Minor units of an amount as people write it, or null when it is none. */
export function minor(text: string): number | null {
  const plain = text.replace(/[,，\s¥￥元]/g, '')
  return /^\d{1,12}(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : null
}

/** Whether a plan can be sent: a hazard needs all five. */
export function planFits(plan: PlanEntry, item: Pick<AgendaItem, 'kind'>): boolean {
  if (!plan.owner || !plan.due_day) return false
  if (plan.money.trim() && minor(plan.money) === null) return false
  const all = [plan.measure, plan.responsibility, plan.money, plan.contingency]
  return item.kind !== 'hazard' || all.every((text) => text.trim() !== '')
}

/** A plan as it is sent. */
export function planAction(plan: PlanEntry): CaseAction {
  const amount = minor(plan.money)
  return {
    type: 'plan',
    owner: plan.owner,
    due_day: plan.due_day,
    measure: plan.measure.trim(),
    responsibility: plan.responsibility.trim(),
    money: amount === null ? null : { minor: amount, currency: 'CNY' },
    contingency: plan.contingency.trim(),
  }
}
