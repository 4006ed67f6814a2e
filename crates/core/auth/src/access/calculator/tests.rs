//! The calculator as tables, and what must hold for every input.

use super::*;
use plexichat_model::permission::Role::{Admin, Guest, Member, Owner};
use proptest::prelude::*;

const ME: UserId = UserId(7);
const OTHER: UserId = UserId(8);
const KINDS: [ChannelKind; 5] =
    [ChannelKind::Public, ChannelKind::Private, ChannelKind::Announcement, ChannelKind::Direct, ChannelKind::Group];

fn subject(role: Option<Role>) -> Subject {
    Subject { user_id: ME, status: AccountStatus::Active, instance_role: InstanceRole::Member, workspace_role: role }
}

fn place(kind: ChannelKind, member: bool) -> Place<'static> {
    Place { kind, archived: false, created_by: OTHER, member, overrides: &[] }
}

/// One letter a permission, so that a table can be read.
fn letters(permissions: Permissions) -> String {
    let letter = |p: P| match p {
        P::ViewChannel => 'V',
        P::SendMessages => 'S',
        P::ReplyInThreads => 'R',
        P::AddReactions => '+',
        P::MentionMany => '@',
        P::DeleteMessages => 'D',
        P::EditChannel => 'E',
        P::ArchiveChannel => 'A',
        P::ManageChannelMembers => 'M',
        P::ManageOverrides => 'O',
        P::JoinPublicChannels => 'J',
        _ => '?',
    };
    permissions.iter().map(letter).collect()
}

#[test]
fn every_role_in_every_kind_of_channel() {
    use ChannelKind::{Announcement, Direct, Group, Private, Public};
    let all = "VSR+@DEAMOJ";
    let outside = "VDEAMOJ";
    #[rustfmt::skip]
    let table: &[(Option<Role>, ChannelKind, bool, &str)] = &[
        (Some(Owner),  Public,       true,  all),       (Some(Owner),  Public,       false, outside),
        (Some(Owner),  Private,      true,  all),       (Some(Owner),  Private,      false, ""),
        (Some(Owner),  Announcement, true,  all),       (Some(Owner),  Announcement, false, outside),
        (Some(Admin),  Public,       true,  all),       (Some(Admin),  Public,       false, outside),
        (Some(Admin),  Private,      true,  all),       (Some(Admin),  Private,      false, ""),
        (Some(Admin),  Announcement, true,  all),       (Some(Admin),  Announcement, false, outside),
        (Some(Member), Public,       true,  "VSR+J"),   (Some(Member), Public,       false, "VJ"),
        (Some(Member), Private,      true,  "VSR+J"),   (Some(Member), Private,      false, ""),
        (Some(Member), Announcement, true,  "VR+J"),    (Some(Member), Announcement, false, "VJ"),
        (Some(Guest),  Public,       true,  "VSR+"),    (Some(Guest),  Public,       false, ""),
        (Some(Guest),  Private,      true,  "VSR+"),    (Some(Guest),  Private,      false, ""),
        (Some(Guest),  Announcement, true,  "VR+"),     (Some(Guest),  Announcement, false, ""),
        (None,         Public,       true,  ""),        (None,         Public,       false, ""),
        (None,         Private,      true,  ""),        (None,         Private,      false, ""),
        (None,         Announcement, true,  ""),        (None,         Announcement, false, ""),
        (None,         Direct,       true,  "VSR+"),    (None,         Direct,       false, ""),
        (None,         Group,        true,  "VSR+"),    (None,         Group,        false, ""),
    ];
    for (role, kind, member, expected) in table {
        let found = channel_permissions(&subject(*role), &place(*kind, *member));
        assert_eq!(letters(found), *expected, "{role:?} in a {kind:?} channel, member: {member}");
    }
}

#[test]
fn an_archived_channel_is_read_only_and_can_be_restored() {
    for role in Role::ALL {
        for kind in KINDS {
            for member in [true, false] {
                let open = place(kind, member);
                let before = channel_permissions(&subject(Some(*role)), &open);
                let after = channel_permissions(&subject(Some(*role)), &Place { archived: true, ..open });
                assert_eq!(after, before.intersect(roles::ARCHIVED_CEILING), "{role:?} {kind:?} {member}");
            }
        }
    }
    let archived = Place { archived: true, ..place(ChannelKind::Public, true) };
    assert_eq!(letters(channel_permissions(&subject(Some(Admin)), &archived)), "VA");
    assert_eq!(letters(channel_permissions(&subject(Some(Member)), &archived)), "V");
    assert!(unarchived_permissions(&subject(Some(Member)), &archived).has(P::SendMessages));
}

#[test]
fn the_creator_runs_the_channel_while_in_it() {
    let own = |member| Place { created_by: ME, ..place(ChannelKind::Private, member) };
    assert_eq!(letters(channel_permissions(&subject(Some(Member)), &own(true))), "VSR+EAMOJ");
    assert_eq!(letters(channel_permissions(&subject(Some(Member)), &own(false))), "");
    assert_eq!(letters(channel_permissions(&subject(Some(Guest)), &own(true))), "VSR+");
    let news = Place { created_by: ME, ..place(ChannelKind::Announcement, true) };
    assert!(!channel_permissions(&subject(Some(Member)), &news).has(P::SendMessages));
}

fn entry(target: OverrideTarget, allow: &[P], deny: &[P]) -> PermissionOverride {
    PermissionOverride { target, allow: Permissions::of(allow), deny: Permissions::of(deny) }
}

#[test]
fn the_person_wins_over_the_role_and_deny_wins_within_a_level() {
    let (role, me) = (OverrideTarget::Role(Member), OverrideTarget::User(ME));
    let found = |overrides: &[PermissionOverride]| {
        let place = Place { overrides, ..place(ChannelKind::Announcement, true) };
        letters(channel_permissions(&subject(Some(Member)), &place))
    };
    assert_eq!(found(&[entry(role, &[P::SendMessages], &[])]), "VSR+J");
    assert_eq!(found(&[entry(role, &[P::SendMessages], &[P::SendMessages])]), "VR+J");
    assert_eq!(found(&[entry(role, &[], &[P::AddReactions]), entry(me, &[P::AddReactions], &[])]), "VR+J");
    assert_eq!(found(&[entry(role, &[P::DeleteMessages], &[]), entry(me, &[], &[P::DeleteMessages])]), "VR+J");
    assert_eq!(found(&[entry(OverrideTarget::User(OTHER), &[], &[P::ViewChannel])]), "VR+J");
    assert_eq!(found(&[entry(OverrideTarget::Role(Admin), &[P::SendMessages], &[])]), "VR+J");
    assert_eq!(found(&[entry(role, &[], &[P::ViewChannel])]), "", "who may not see may do nothing");
    assert_eq!(found(&[entry(me, &[P::ManageMembers, P::ManageInstance], &[])]), "VR+J", "no rights beyond the channel");
}

#[test]
fn workspace_roles() {
    let of = |role, instance_role| workspace_permissions(&Subject { instance_role, ..subject(role) });
    assert_eq!(of(Some(Owner), InstanceRole::Member), roles::WORKSPACE_BITS);
    assert_eq!(of(Some(Admin), InstanceRole::Member), roles::WORKSPACE_BITS);
    assert_eq!(of(Some(Member), InstanceRole::Member), roles::MEMBER);
    assert_eq!(of(Some(Guest), InstanceRole::Member), roles::GUEST_CEILING);
    assert_eq!(of(None, InstanceRole::Member), Permissions::NONE);
    for instance_role in [InstanceRole::Owner, InstanceRole::Admin] {
        assert_eq!(of(None, instance_role), roles::WORKSPACE_ADMINISTRATION);
        assert!(!of(None, instance_role).has(P::ViewChannel));
    }
}

#[test]
fn no_instance_role_opens_a_channel() {
    for instance_role in [InstanceRole::Owner, InstanceRole::Admin] {
        for role in [None, Some(Owner), Some(Admin), Some(Member), Some(Guest)] {
            for kind in [ChannelKind::Private, ChannelKind::Direct, ChannelKind::Group] {
                let subject = Subject { instance_role, ..subject(role) };
                assert_eq!(channel_permissions(&subject, &place(kind, false)), Permissions::NONE);
            }
        }
    }
}

#[test]
fn nobody_names_a_role_above_their_own() {
    let may = |own, instance_role, role| may_name(&Subject { instance_role, ..subject(own) }, role);
    assert!(may(Some(Owner), InstanceRole::Member, Owner));
    assert!(!may(Some(Admin), InstanceRole::Member, Owner));
    assert!(may(Some(Admin), InstanceRole::Member, Admin));
    assert!(!may(Some(Member), InstanceRole::Member, Admin));
    assert!(may(Some(Member), InstanceRole::Member, Guest));
    assert!(may(None, InstanceRole::Owner, Owner));
    assert!(!may(None, InstanceRole::Admin, Owner));
    assert!(may(None, InstanceRole::Admin, Admin));
    let suspended = Subject { status: AccountStatus::Suspended, ..subject(Some(Owner)) };
    assert!(!may_name(&suspended, Guest));
}

fn any_role() -> impl Strategy<Value = Option<Role>> {
    prop_oneof![Just(None), Just(Some(Owner)), Just(Some(Admin)), Just(Some(Member)), Just(Some(Guest))]
}

fn any_subject() -> impl Strategy<Value = Subject> {
    let status =
        prop_oneof![8 => Just(AccountStatus::Active), 1 => Just(AccountStatus::Suspended), 1 => Just(AccountStatus::Deactivated)];
    let instance = prop_oneof![Just(InstanceRole::Owner), Just(InstanceRole::Admin), Just(InstanceRole::Member)];
    (any_role(), status, instance).prop_map(|(workspace_role, status, instance_role)| Subject {
        user_id: ME,
        status,
        instance_role,
        workspace_role,
    })
}

fn any_override() -> impl Strategy<Value = PermissionOverride> {
    let target = prop_oneof![
        prop::sample::select(Role::ALL.to_vec()).prop_map(OverrideTarget::Role),
        Just(OverrideTarget::User(ME)),
        Just(OverrideTarget::User(OTHER)),
    ];
    // Any bits, also those a newer node would know.
    (target, any::<u64>(), any::<u64>()).prop_map(|(target, allow, deny)| PermissionOverride {
        target,
        allow: Permissions(allow),
        deny: Permissions(deny),
    })
}

#[derive(Clone, Debug)]
struct AnyPlace {
    kind: ChannelKind,
    archived: bool,
    created_by: UserId,
    member: bool,
    overrides: Vec<PermissionOverride>,
}

impl AnyPlace {
    fn place(&self) -> Place<'_> {
        let Self { kind, archived, created_by, member, ref overrides } = *self;
        Place { kind, archived, created_by, member, overrides }
    }
}

fn any_place() -> impl Strategy<Value = AnyPlace> {
    let created_by = prop_oneof![Just(ME), Just(OTHER)];
    let overrides = prop::collection::vec(any_override(), 0..6);
    (prop::sample::select(KINDS.to_vec()), any::<bool>(), created_by, any::<bool>(), overrides)
        .prop_map(|(kind, archived, created_by, member, overrides)| AnyPlace { kind, archived, created_by, member, overrides })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn restrictions_are_never_overridden(subject in any_subject(), any in any_place()) {
        let place = any.place();
        let found = channel_permissions(&subject, &place);
        prop_assert!(roles::CHANNEL_BITS.contains(found), "rights beyond the channel: {found:?}");
        prop_assert!(found.has(P::ViewChannel) || found == Permissions::NONE);
        if subject.status != AccountStatus::Active {
            prop_assert_eq!(found, Permissions::NONE);
        }
        if place.archived {
            prop_assert!(roles::ARCHIVED_CEILING.contains(found));
        }
        if !place.member {
            prop_assert!(found.intersect(roles::NEEDS_MEMBERSHIP) == Permissions::NONE);
            if !place.kind.is_listed() || subject.workspace_role == Some(Guest) {
                prop_assert_eq!(found, Permissions::NONE);
            }
        }
        if place.kind.is_conversation() {
            prop_assert!(roles::PARTICIPANT.contains(found));
        } else if subject.workspace_role.is_none() {
            prop_assert_eq!(found, Permissions::NONE);
        }
        if subject.workspace_role == Some(Guest) {
            prop_assert!(roles::GUEST_CEILING.contains(found));
        }
    }

    #[test]
    fn what_the_persons_own_level_denies_is_gone(subject in any_subject(), any in any_place()) {
        let place = any.place();
        let own = place.overrides.iter().filter(|o| o.target == OverrideTarget::User(ME));
        let denied = own.fold(Permissions::NONE, |all, o| all.union(o.deny));
        if !place.kind.is_conversation() {
            prop_assert!(channel_permissions(&subject, &place).intersect(denied) == Permissions::NONE);
        }
    }

    #[test]
    fn allowing_more_never_takes_away_and_denying_more_never_gives(
        subject in any_subject(), any in any_place(), at in any::<prop::sample::Index>(), bits in any::<u64>(),
    ) {
        let mut any = any;
        any.overrides.push(entry(OverrideTarget::User(ME), &[], &[]));
        let before = channel_permissions(&subject, &any.place());
        let at = at.index(any.overrides.len());
        let (mut more, mut less) = (any.clone(), any.clone());
        more.overrides[at].allow = more.overrides[at].allow.union(Permissions(bits));
        less.overrides[at].deny = less.overrides[at].deny.union(Permissions(bits));
        prop_assert!(channel_permissions(&subject, &more.place()).contains(before));
        prop_assert!(before.contains(channel_permissions(&subject, &less.place())));
    }

    #[test]
    fn the_order_of_overrides_does_not_matter(subject in any_subject(), any in any_place()) {
        let mut turned = any.clone();
        turned.overrides.reverse();
        prop_assert_eq!(channel_permissions(&subject, &any.place()), channel_permissions(&subject, &turned.place()));
    }

    #[test]
    fn joining_never_takes_away_and_the_instance_role_changes_nothing(subject in any_subject(), any in any_place()) {
        let found = |member| channel_permissions(&subject, &Place { member, ..any.place() });
        prop_assert!(found(true).contains(found(false)));
        let plain = Subject { instance_role: InstanceRole::Member, ..subject };
        prop_assert_eq!(found(any.member), channel_permissions(&plain, &any.place()));
    }

    #[test]
    fn without_overrides_a_higher_role_may_at_least_as_much(any in any_place(), one in 0..4_usize, two in 0..4_usize) {
        let (high, low) = (one.min(two), one.max(two));
        let place = Place { overrides: &[], created_by: OTHER, ..any.place() };
        let found = |index: usize| channel_permissions(&subject(Some(Role::ALL[index])), &place);
        prop_assert!(found(high).contains(found(low)));
        let workspace = |index: usize| workspace_permissions(&subject(Some(Role::ALL[index])));
        prop_assert!(workspace(high).contains(workspace(low)));
    }

    #[test]
    fn who_is_not_active_may_nothing_anywhere(subject in any_subject()) {
        let subject = Subject { status: AccountStatus::Suspended, ..subject };
        prop_assert_eq!(workspace_permissions(&subject), Permissions::NONE);
        prop_assert_eq!(instance_permissions(&subject), Permissions::NONE);
    }
}
