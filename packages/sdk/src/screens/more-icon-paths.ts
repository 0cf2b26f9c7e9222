export const moreIcons = {
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  lock: 'M7.5 11V8a4.5 4.5 0 0 1 9 0v3M5 11h14v9.5H5z',
  tick: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 6.5v7M12 17.2v.1',
  undo: 'M8.5 6.5l-4 4 4 4M4.5 10.5h10a5 5 0 0 1 0 10h-3',
  clock: 'M12 6.5V12l3.5 2',
} as const
