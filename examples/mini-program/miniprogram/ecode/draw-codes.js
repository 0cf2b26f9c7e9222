const { CODE128_QUIET_MODULES, drawQr, encodeCode128C } = require('../vendor/codes')

/** Dark cells as rectangles in modules, quiet zone included in the offsets. @typedef {[x: number, y: number, width: number, height: number]} Cell */
/** Where a canvas lies in its room, in CSS pixels. @typedef {{ left: number, top: number, width: number, height: number }} Place */

/** ISO/IEC 18004 §5.3.8. */
const QR_QUIET_MODULES = 4
const QR_MODULES = 21 + 2 * QR_QUIET_MODULES
/** 24 digits in Code 128-C, with its quiet zones (ISO/IEC 15417). */
const BARCODE_MODULES = 167 + 2 * CODE128_QUIET_MODULES

/**
 * Draws a code as QR and as bars (R19), in whole device pixels, as large as the room allows. Between two
 * device pixels the edges of every module would be smeared.
 *
 * @param {string} digits
 * @param {WechatMiniprogram.Component.TrivialInstance} page
 * @param {(places: { bars: Place, qr: Place }) => void} onPlaces Sizes and places for the two canvases.
 */
function drawCodes(digits, page, onPlaces) {
  const query = wx.createSelectorQuery().in(page)
  query.select('.bars').boundingClientRect()
  query.select('.qr').boundingClientRect()
  query.select('#bars').fields({ node: true })
  query.select('#qr').fields({ node: true })
  query.exec(([barsRoom, qrRoom, bars, qr]) => {
    // The page was left, or something else is in the panel by now.
    if (!barsRoom || !qrRoom || !bars || !qr) return
    const dpr = wx.getWindowInfo().pixelRatio
    onPlaces({
      bars: draw(bars.node, barsRoom, dpr, barcodeCells(digits), BARCODE_MODULES, false),
      qr: draw(qr.node, qrRoom, dpr, qrCells(drawQr(digits)), QR_MODULES, true),
    })
  })
}

/**
 * @param {any} canvas
 * @param {Place} room
 * @param {number} dpr
 * @param {Cell[]} cells
 * @param {number} columns Width in modules, quiet zones included.
 * @param {boolean} square Otherwise the cells are stretched over the room's height.
 * @returns {Place}
 */
function draw(canvas, room, dpr, cells, columns, square) {
  const box = square ? Math.min(room.width, room.height) : room.width
  const px = Math.max(1, Math.floor((box * dpr) / columns + 1e-6))
  const width = px * columns
  const height = square ? width : Math.floor(room.height * dpr)
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  context.fillStyle = '#000'
  const row = square ? px : height
  for (const [x, y, w, h] of cells) context.fillRect(x * px, y * row, w * px, h * row)
  return {
    left: snap((room.width - width / dpr) / 2, room.left, dpr),
    top: snap((room.height - height / dpr) / 2, room.top, dpr),
    width: width / dpr,
    height: height / dpr,
  }
}

/**
 * Moves an edge so that it falls between two device pixels.
 *
 * @param {number} edge
 * @param {number} origin
 * @param {number} dpr
 */
function snap(edge, origin, dpr) {
  return Math.round((origin + edge) * dpr) / dpr - origin
}

/** @param {boolean[][]} rows @returns {Cell[]} */
function qrCells(rows) {
  /** @type {Cell[]} */
  const cells = []
  rows.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) cells.push([x + QR_QUIET_MODULES, y + QR_QUIET_MODULES, 1, 1])
    })
  })
  return cells
}

/** @param {string} digits @returns {Cell[]} */
function barcodeCells(digits) {
  /** @type {Cell[]} */
  const cells = []
  let x = CODE128_QUIET_MODULES
  encodeCode128C(digits).forEach((width, index) => {
    if (index % 2 === 0) cells.push([x, 0, width, 1])
    x += width
  })
  return cells
}

module.exports = { drawCodes }
