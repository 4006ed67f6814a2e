import { Trans, useLingui } from '@lingui/react/macro';
import { LogOut } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { WorkspaceState } from '../../../api/types';
import { removeWorkspaceMember, updateWorkspace } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { useFormat } from '../../../i18n/format';
import { navigate } from '../../../lib/router';
import { Button } from '../../../ui/Button';
import { Card, Row } from '../../../ui/Card';
import { ConfirmDialog } from '../../../ui/ConfirmDialog';
import { Notice } from '../../../ui/display';
import { Field } from '../../../ui/Field';
import { TextArea } from '../../../ui/TextArea';
import { PageHead } from '../Frame';
import { useRoleNames } from '../roles';
import { SaveFoot } from '../SaveFoot';
import css from '../settings.module.css';
import { useTask } from '../useTask';

/** Name and purpose of a workspace, and the way out of it. */
export function General({ state }: { state: WorkspaceState }) {
  const { t } = useLingui();
  const format = useFormat();
  const roles = useRoleNames();
  const { workspace, role, permissions } = state;
  const since = format.date(Date.parse(workspace.created_at));
  return (
    <>
      <PageHead title={t`About`} hint={t`What people see in the sidebar and in their invitation.`} />
      {permissions.includes('edit_workspace') ? (
        <NameCard state={state} />
      ) : (
        <Card title={workspace.name} hint={workspace.description || t`Nobody has said yet what it is for.`} />
      )}
      <Card title={t`Facts`}>
        <dl className={css.facts}>
          <dt>{t`Your role`}</dt>
          <dd>{roles[role]}</dd>
          <dt>{t`Made on`}</dt>
          <dd>{since}</dd>
        </dl>
      </Card>
      <LeaveCard state={state} />
    </>
  );
}

function NameCard({ state }: { state: WorkspaceState }) {
  const { t } = useLingui();
  const { workspace } = state;
  const [name, setName] = useState(workspace.name);
  const [description, setDescription] = useState(workspace.description);
  const [saved, setSaved] = useState(false);
  const task = useTask();
  const changed = name.trim() !== workspace.name || description.trim() !== workspace.description;
  const field = task.error?.problem.field;
  const nameFault = () => {
    if (name.trim() === '') return t`Give it a name.`;
    return field === 'name' && task.error ? errorText(task.error) : undefined;
  };
  const handleSave = async () => {
    if (!changed || name.trim() === '') return;
    const done = await task.run(async () => {
      const next = await updateWorkspace(workspace.id, {
        ...(name.trim() === workspace.name ? {} : { name: name.trim() }),
        ...(description.trim() === workspace.description ? {} : { description: description.trim() }),
      });
      const held = entities.state.workspaces.get(workspace.id) ?? state;
      entities.ingest({ kind: 'workspace_state', workspace: { ...held, workspace: next } });
      setName(next.name);
      setDescription(next.description);
    });
    setSaved(done);
  };
  return (
    <Card
      title={t`Name and purpose`}
      onSubmit={() => void handleSave()}
      foot={<SaveFoot done={saved && !changed && <Trans>Saved</Trans>} busy={task.busy} changed={changed} />}
    >
      {task.error && field !== 'name' && field !== 'description' && (
        <Notice tone="danger" title={errorText(task.error)} />
      )}
      <Field label={t`Workspace name`} value={name} onChange={setName} maxLength={80} error={nameFault()} />
      <TextArea
        label={t`What it is for (optional)`}
        value={description}
        onChange={setDescription}
        maxLength={500}
        error={field === 'description' && task.error ? errorText(task.error) : undefined}
      />
    </Card>
  );
}

function LeaveCard({ state }: { state: WorkspaceState }) {
  const { t } = useLingui();
  const [asking, setAsking] = useState(false);
  const { id, name } = state.workspace;
  const leave = async (): Promise<string | undefined> => {
    try {
      await removeWorkspaceMember(id, entities.state.myId);
      navigate({ name: 'home' }, 'replace');
      return undefined;
    } catch (cause) {
      return errorText(asApiError(cause));
    }
  };
  return (
    <Card title={t`Leave`}>
      <Row icon={LogOut} title={t`Leave ${name}`} hint={t`To come back you need a new invitation.`}>
        <Button variant="danger" onPress={() => setAsking(true)}>
          <Trans>Leave…</Trans>
        </Button>
      </Row>
      {asking && (
        <ConfirmDialog
          title={t`Leave ${name}?`}
          hint={t`You no longer see its channels. What you wrote stays. To come back you need a new invitation.`}
          action={t`Leave workspace`}
          onConfirm={leave}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}
