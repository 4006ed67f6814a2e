/**
 * Every screen and state of the client, and how one gets there. `shows` names the addresses and dialogs an entry is
 * for; `screens.test.ts` fails when the client has one that no entry shows.
 */
import { adminScreens } from './screens.admin';
import { authScreens } from './screens.auth';
import { chatScreens } from './screens.chat';
import { dialogScreens } from './screens.dialogs';
import { settingsScreens } from './screens.settings';
import type { Stage } from './stage';

export type Screen = {
  name: string;
  /** Names of routes (`channel`), their pages (`settings/profile`), dialogs (`dialog/keys`). */
  shows: readonly string[];
  open: (stage: Stage) => Promise<void>;
};

export const screens: readonly Screen[] = [
  ...authScreens,
  ...chatScreens,
  ...dialogScreens,
  ...settingsScreens,
  ...adminScreens,
];
