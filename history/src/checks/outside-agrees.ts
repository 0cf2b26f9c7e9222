import type { Problem } from '../finding.ts'
import { indexMovements } from '../order-facts.ts'
import type { History, Order } from '../read-history.ts'

/**
 * What really moved at the bank and in the one-card system is what the clearing accounts have: per
 * person, per order, and under no reference that the books do not know.
 */
export function outsideAgrees(history: History): Problem[] {
  return [...checkPeople(history), ...checkReferences(history), ...checkOrders(history)]
}

function checkPeople({ world, ledger, outside }: History): Problem[] {
  const problems: Problem[] = []
  const movedFen = new Map<string, number>()
  const add = (key: string, fen: number) => movedFen.set(key, (movedFen.get(key) ?? 0) + fen)
  const owners = new Map<string, string>()
  for (const { id, bankAccount, oneCardAccount } of world.people) {
    if (bankAccount !== null) owners.set(`bank ${bankAccount}`, `bank ${id}`)
    if (oneCardAccount !== null) owners.set(`one_card ${oneCardAccount}`, `one_card ${id}`)
  }
  for (const { port, account, amountFen } of outside) {
    const owner = owners.get(`${port} ${account}`)
    if (owner) add(owner, amountFen)
    else
      problems.push({ what: 'money moved at an account of nobody', about: { accounts: [account] } })
  }
  for (const { debit_account, credit_account, amount_fen, person_id } of ledger.postings) {
    for (const port of ['bank', 'one_card']) {
      if (debit_account === `clearing/${port}`) add(`${port} ${person_id}`, -amount_fen)
      if (credit_account === `clearing/${port}`) add(`${port} ${person_id}`, amount_fen)
    }
  }
  for (const [owner, fen] of movedFen) {
    if (fen === 0) continue
    const [port = '', person = ''] = owner.split(' ')
    const what = `${port} took ${fen} fen from a person that clearing does not have`
    problems.push({ what, about: { people: [person], accounts: [`clearing/${port}`] } })
  }
  return problems
}

function checkReferences({ ledger, outside }: History): Problem[] {
  const known = new Set(ledger.movements.map(({ port, reference }) => `${port} ${reference}`))
  return outside
    .filter(({ port, reference }) => !known.has(`${port} ${reference}`))
    .map(({ port, reference, account }) => ({
      what: `${port} moved money under ${reference}, which the books do not know`,
      about: { accounts: [account] },
    }))
}

function checkOrders(history: History): Problem[] {
  const movements = indexMovements(history)
  const movedFen = new Map<string, number>()
  for (const { port, reference, amountFen } of history.outside) {
    const key = `${port} ${reference}`
    movedFen.set(key, (movedFen.get(key) ?? 0) + amountFen)
  }
  return [...history.orders.values()].flatMap((order) => {
    const ids = [order.row?.payment_id ?? '', ...order.refunds.map(({ refund_id }) => refund_id)]
    const own = ids.flatMap((id) => movements.get(id) ?? [])
    const fen = own.reduce((sum, m) => sum + (movedFen.get(`${m.port} ${m.reference}`) ?? 0), 0)
    const dueFen = own.length > 0 ? dueOutsideFen(order) : 0
    if (fen === dueFen) return []
    const what = `${fen} fen moved outside for an order that is ${order.row?.status}: ${dueFen} were due`
    return [{ what, about: { orders: [order.key] } }]
  })
}

function dueOutsideFen({ row, refunds }: Order): number {
  if (row?.status !== 'PAID') return 0
  const back = refunds.filter(({ status }) => status === 'REFUNDED')
  return (row.amount_fen ?? 0) - back.reduce((sum, { amount_fen }) => sum + amount_fen, 0)
}
