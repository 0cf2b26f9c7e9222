import { useLayoutEffect, useRef } from 'preact/hooks'
import { onResize } from '../on-resize.ts'
import { type Cell, modulePixels, snapOffset } from './code-drawing.ts'

/**
 * Draws cells in whole device pixels, black on white, as large as the room allows, and again
 * whenever the room or the pixel ratio changes. The next code takes the same place.
 *
 * @param columns Width in modules, quiet zones included.
 * @param square Height like width; otherwise the cells are stretched over the room's height.
 */
export function CodeCanvas({
  cells,
  columns,
  square = false,
  label,
}: {
  cells: readonly Cell[]
  columns: number
  square?: boolean
  label: string
}) {
  const ref = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const canvas = ref.current
    const room = canvas?.parentElement
    const context = canvas?.getContext('2d')
    if (!canvas || !room || !context) return
    return onResize(room, () => {
      const dpr = devicePixelRatio
      const box = room.getBoundingClientRect()
      const px = modulePixels(square ? Math.min(box.width, box.height) : box.width, columns, dpr)
      const width = px * columns
      const height = square ? width : Math.floor(box.height * dpr)
      canvas.width = width
      canvas.height = height
      context.fillStyle = '#fff'
      context.fillRect(0, 0, width, height)
      context.fillStyle = '#000'
      const row = square ? px : height
      for (const [x, y, w, h] of cells) context.fillRect(x * px, y * row, w * px, h * row)
      // Between two device pixels the browser would smear the edges of every module.
      const left = (box.width - width / dpr) / 2
      const top = (box.height - height / dpr) / 2
      const { style } = canvas
      style.width = `${width / dpr}px`
      style.height = `${height / dpr}px`
      style.left = `${left + snapOffset(box.left + left, dpr)}px`
      style.top = `${top + snapOffset(box.top + top, dpr)}px`
    })
  }, [cells, columns, square])
  return <canvas ref={ref} class="code" role="img" aria-label={label} />
}
