import { useLingui } from '@lingui/react/macro';
import type { AccountView } from '../../../api/types';
import { PageHead } from '../Frame';
import { PasswordCard } from './PasswordCard';
import { SessionsCard } from './SessionsCard';

/** The password, and where one is signed in. */
export function Security({ me }: { me: AccountView }) {
  const { t } = useLingui();
  return (
    <>
      <PageHead title={t`Password and devices`} hint={t`How you sign in, and where you are signed in.`} />
      <PasswordCard me={me} />
      <SessionsCard />
    </>
  );
}
