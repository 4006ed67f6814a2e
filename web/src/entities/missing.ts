/** Profiles that are shown but not held are asked for together, once, a moment later. */

import type { Id } from '../api/types';
import { listUsersByIds } from '../api/workspaces';
import { entities } from './entities';

const WAIT_MS = 30;
const MOST_IDS = 200;
/** Ids the server did not answer for (not visible, gone) are not asked for again in this visit. */
const MOST_ASKED = 5_000;

const wanted = new Set<Id>();
const asked = new Set<Id>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function wantUser(id: Id): void {
  if (id === '' || asked.has(id) || entities.state.users.has(id)) return;
  wanted.add(id);
  schedule();
}

function schedule(): void {
  if (timer === undefined) timer = setTimeout(() => void fetchWanted(), WAIT_MS);
}

async function fetchWanted(): Promise<void> {
  timer = undefined;
  const ids = [...wanted].slice(0, MOST_IDS);
  for (const id of ids) wanted.delete(id);
  if (asked.size > MOST_ASKED) asked.clear();
  for (const id of ids) asked.add(id);
  const page = await listUsersByIds(ids).catch(() => undefined);
  if (page) entities.ingest({ kind: 'users', users: page.items });
  else for (const id of ids) asked.delete(id);
  if (wanted.size > 0) schedule();
}
