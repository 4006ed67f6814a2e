import { Trans, useLingui } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import type { CSSProperties } from 'react';
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components';
import type { ChannelState } from '../../api/types';
import { entities } from '../../entities/entities';
import { isUnread, sameList, useAll, useWorkspace, useWorkspaces } from '../../entities/hooks';
import { nameOf, useTitle } from '../../entities/useTitle';
import { useFormat } from '../../i18n/format';
import { navigate } from '../../lib/router';
import { badgeText, Sign } from '../channels';
import css from './QuickSwitcher.module.css';

/** Enough to find anything by a few letters; the rest comes by typing. */
const MOST = 200;

/** Jump to a channel or person: type, arrows, Enter. What is unread comes first. */
export default function QuickSwitcher({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const { contains } = useFilter({ sensitivity: 'base' });
  const all = useAll(
    entities.state.channels,
    (rows) => rows.filter((c) => !c.channel.archived).slice(0, MOST),
    sameList,
  );
  const unread = all.filter(isUnread);
  const others = all.filter((channel) => !isUnread(channel));
  const item = (channel: ChannelState) => (
    <ListBoxItem
      key={channel.channel.id}
      id={channel.channel.id}
      textValue={nameOf(channel, format.list)}
      className={css.item ?? ''}
    >
      <Item channel={channel} />
    </ListBoxItem>
  );
  const handleAction = (id: string) => {
    const channel = entities.state.channels.get(id)?.channel;
    if (channel) navigate({ name: 'channel', workspaceId: channel.workspace_id, channelId: id });
    onClose();
  };
  return (
    <ModalOverlay isOpen onOpenChange={(open) => !open && onClose()} isDismissable className={css.overlay ?? ''}>
      <Modal className={css.modal ?? ''}>
        <Dialog aria-label={t`Jump to a conversation`} className={css.dialog ?? ''}>
          <Autocomplete filter={contains}>
            <SearchField aria-label={t`Find a channel or person`} autoFocus className={css.field ?? ''}>
              <Search size={18} aria-hidden />
              <Input placeholder={t`Find a channel or person`} />
            </SearchField>
            {/* biome-ignore lint/a11y/useSemanticElements: a labelled scroll area, not a form group */}
            <div className={css.scroller} tabIndex={0} role="group" aria-label={t`Results`} style={keepBelow}>
              <ListBox
                aria-label={t`Results`}
                className={css.list ?? ''}
                selectionMode="none"
                onAction={(key) => handleAction(String(key))}
                renderEmptyState={() => (
                  <p className={css.empty}>
                    <Trans>Nothing by that name.</Trans>
                  </p>
                )}
              >
                {unread.length > 0 && (
                  <ListBoxSection>
                    <Header>
                      <Trans>Unread</Trans>
                    </Header>
                    {unread.map(item)}
                  </ListBoxSection>
                )}
                <ListBoxSection>
                  <Header>
                    <Trans>Channels and people</Trans>
                  </Header>
                  {others.map(item)}
                </ListBoxSection>
              </ListBox>
            </div>
          </Autocomplete>
          <footer className={css.foot} aria-hidden>
            <span>
              <kbd>↑</kbd>
              <kbd>↓</kbd> <Trans>to move</Trans>
            </span>
            <span>
              <kbd>↵</kbd> <Trans>to open</Trans>
            </span>
            <span>
              <kbd>Esc</kbd> <Trans>to close</Trans>
            </span>
          </footer>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The focused option scrolls into view without hiding under the edge. */
const keepBelow: CSSProperties = { scrollPaddingBlock: 8 };

function Item({ channel }: { channel: ChannelState }) {
  const title = useTitle(channel);
  const workspace = useWorkspace(channel.channel.workspace_id ?? '')?.workspace.name;
  const several = useWorkspaces().length > 1;
  return (
    <>
      <span className={css.ico}>
        <Sign channel={channel} name={title.text} size={26} />
      </span>
      <span className={css.nm}>{title.text}</span>
      {several && workspace && <span className={css.sub}>{workspace}</span>}
      {channel.mention_count > 0 && <span className={css.badge}>{badgeText(channel.mention_count)}</span>}
      <span className={css.go} aria-hidden>
        ↵
      </span>
    </>
  );
}
