/**
 * Names for ids, also of people whom the administrator shares no workspace with. They are kept apart from the store: who
 * is not met there does not turn up in lists of people.
 */
import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { create } from 'zustand';
import { getAccount } from '../../../api/admin';
import type { Id } from '../../../api/types';
import { listUsersByIds } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { useChannel, useUser, useWorkspace } from '../../../entities/hooks';

const WAIT_MS = 30;
const MOST_IDS = 200;
/** Accounts asked for one by one at a time. */
const AT_ONCE = 4;

type Strangers = { names: ReadonlyMap<Id, string> };
const useStrangers = create<Strangers>()(() => ({ names: new Map() }));
const asked = new Set<Id>();
const wanted = new Set<Id>();
let timer: ReturnType<typeof setTimeout> | undefined;

async function strangers(ids: Id[]): Promise<void> {
  while (ids.length > 0) {
    const some = ids.splice(0, AT_ONCE);
    const found = await Promise.all(some.map((id) => getAccount(id).catch(() => undefined)));
    useStrangers.setState(({ names }) => {
      const more = new Map(names);
      for (const account of found) if (account) more.set(account.id, account.display_name);
      return { names: more };
    });
  }
}

async function ask(): Promise<void> {
  timer = undefined;
  const ids = [...wanted].slice(0, MOST_IDS);
  for (const id of ids) {
    wanted.delete(id);
    asked.add(id);
  }
  const page = await listUsersByIds(ids).catch(() => undefined);
  if (page) entities.ingest({ kind: 'users', users: page.items });
  const known = new Set(page?.items.map((user) => user.id));
  await strangers(ids.filter((id) => !known.has(id)));
  if (wanted.size > 0) schedule();
}

function schedule(): void {
  if (timer === undefined) timer = setTimeout(() => void ask(), WAIT_MS);
}

function want(id: Id): void {
  if (id === '' || id === '0' || asked.has(id) || entities.state.users.has(id)) return;
  wanted.add(id);
  schedule();
}

/** Somebody's name; their id while it is not known. */
export function useName(id: Id): string {
  const { t } = useLingui();
  const user = useUser(id);
  const stranger = useStrangers((s) => s.names.get(id));
  useEffect(() => want(id), [id]);
  return user?.display_name ?? stranger ?? (id === '' ? t`Nobody` : id);
}

export type Thing = { kind: string; id: Id };

/** What was acted on, by its name where the client knows it. */
export function useThingName({ kind, id }: Thing): string {
  const person = useName(kind === 'account' ? id : '');
  const channel = useChannel(kind === 'channel' ? id : '')?.channel;
  const workspace = useWorkspace(kind === 'workspace' ? id : '')?.workspace;
  if (kind === 'account') return person;
  if (channel?.name) return `#${channel.name}`;
  return workspace?.name ?? '';
}
