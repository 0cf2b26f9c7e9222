import { type NoteValues, readNotes, writeNotes } from './notes.ts'

/** One person's notes in this tab, each by its name. */
export interface Notes {
  read<K extends keyof NoteValues>(name: K): NoteValues[K]
  /** Undefined takes it away. */
  write<K extends keyof NoteValues>(name: K, value: NoteValues[K]): void
}

export function openNotes(key: string): Notes {
  return {
    read: (name) => readNotes(key)[name],
    write: (name, value) => writeNotes(key, { ...readNotes(key), [name]: value }),
  }
}
