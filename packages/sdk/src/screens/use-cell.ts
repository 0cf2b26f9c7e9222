import { useLayoutEffect, useReducer, useState } from 'preact/hooks'
import { type Cell, createCell, type WritableCell } from '../cell.ts'

/** A component's own cell; the component is drawn again when it changes. */
export function useCell<T>(first: T): WritableCell<T> {
  const [cell] = useState(() => createCell(first))
  useChanges([cell])
  return cell
}

/** Draws the component, and all below it, again when one of the cells changes. */
export function useChanges(cells: readonly Cell<unknown>[]): void {
  const [, redraw] = useReducer<number, undefined>((times) => times + 1, 0)
  const drawn = cells.map((cell) => cell.value)
  useLayoutEffect(() => {
    const stops = cells.map((cell) => cell.subscribe(() => redraw(undefined)))
    // Something changed since it was drawn, for example by effects of the components below.
    if (cells.some((cell, at) => cell.value !== drawn[at])) redraw(undefined)
    return () => {
      for (const stop of stops) stop()
    }
  }, cells)
}
