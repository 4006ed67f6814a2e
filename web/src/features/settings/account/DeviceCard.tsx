import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import { Button } from '../../../ui/Button';
import { Card, Row } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { lookAgain, turnOff, turnOn, useNotify } from '../../notify';

/** Notifications of this device. The browser asks for the permission only after a press here. */
export function DeviceCard() {
  const { t } = useLingui();
  const state = useNotify((s) => s.state);
  // It can be changed in the browser's own settings while this page is open.
  useEffect(() => {
    addEventListener('focus', lookAgain);
    return () => removeEventListener('focus', lookAgain);
  }, []);
  return (
    <Card title={t`On this device`} hint={t`While PlexiChat is open in a tab and you are looking at something else.`}>
      {state === 'unsupported' && (
        <Notice tone="neutral" title={t`This browser shows no notifications here`}>
          <Trans>They need a secure address (https). Badges and the title of the tab still tell you.</Trans>
        </Notice>
      )}
      {state === 'blocked' && (
        <Notice tone="warn" title={t`This browser blocks notifications`}>
          <Trans>Allow them for this address in the settings of the browser, beside the address bar.</Trans>
        </Notice>
      )}
      {(state === 'ask' || state === 'off' || state === 'on') && (
        <Row
          title={state === 'on' ? t`Notifications are on` : t`Notifications are off`}
          hint={state === 'ask' ? t`Your browser asks you once.` : undefined}
        >
          {state === 'on' ? (
            <Button onPress={turnOff}>
              <Trans>Turn off</Trans>
            </Button>
          ) : (
            <Button variant="primary" onPress={() => void turnOn()}>
              <Trans>Turn on</Trans>
            </Button>
          )}
        </Row>
      )}
    </Card>
  );
}
