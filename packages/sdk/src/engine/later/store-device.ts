import { del, keys, set, update } from 'idb-keyval'
import type { DeviceStore, Stored, StoredDevice } from '../device-store.ts'

/** Keeps a value in a person's place. Rejects unless it is safely kept. */
export function storeDevice(store: DeviceStore, value: Stored): Promise<void> {
  return store.use((database) => set(store.key, value, database))
}

/**
 * Changes a device in one transaction, because other tabs change it too. One that is gone stays
 * gone. Rejects unless the change is safely kept.
 */
export function changeStored(
  store: DeviceStore,
  deviceId: string,
  changes: Partial<StoredDevice>,
): Promise<void> {
  const change = (old: Stored | undefined) =>
    old?.kind === 'device' && old.deviceId === deviceId ? { ...old, ...changes } : old
  return store.use((database) => update<Stored | undefined>(store.key, change, database))
}

/** Removes the keys that other people left at this school. */
export async function removeOthers({
  prefix,
  key: own,
  accessKey,
  use,
}: DeviceStore): Promise<void> {
  for (const key of await use((database) => keys<string>(database))) {
    const ofSchool = key.replace(/^access /, '').startsWith(prefix)
    if (ofSchool && key !== own && key !== accessKey) await use((database) => del(key, database))
  }
}
