import { useStore } from 'zustand';
import { entities } from '../entities/entities';
import { Connection, type ConnectionView } from './connection';
import { Repair } from './repair';

/** The client's one connection, and its safety net. */
export const connection = new Connection(entities);
export const repair = new Repair(entities);

export function useConnection(): ConnectionView {
  return useStore(connection.view);
}

export type { ConnectionState } from './machine';
