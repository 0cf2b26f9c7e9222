/** What the first code needs to have; the rest: more-icon-paths.ts. */
export const icons = {
  card: 'M5.5 5h13a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-13a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3zM2.5 10h19M6.5 15h4',
  pay: 'M3.5 8V6a2.5 2.5 0 0 1 2.5-2.5h2M16 3.5h2A2.5 2.5 0 0 1 20.5 6v2M20.5 16v2a2.5 2.5 0 0 1-2.5 2.5h-2M8 20.5H6A2.5 2.5 0 0 1 3.5 18v-2M8 8.5v7M12 8.5v7M16 8.5v7',
  access: 'M6 21V4.5A1.5 1.5 0 0 1 7.5 3h9A1.5 1.5 0 0 1 18 4.5V21M3.5 21h17M14.5 12v.1',
  wallet:
    'M18 8V5L5 7a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2v-8a2 2 0 0 0-2-2H5M16.5 14v.1',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9M20 4v5h-5',
  offline:
    'M4 4l16 16M4.5 10.5A11 11 0 0 1 8.6 8M19.5 10.5a11 11 0 0 0-7-3.2M8.5 14.5a5 5 0 0 1 6 -.8M12 18.5v.1',
  back: 'M15 5l-7 7 7 7',
} as const
