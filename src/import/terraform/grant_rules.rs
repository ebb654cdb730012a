//! Which attributes of which resources give something to somebody.

use super::grants::Given;

/// How a text of the plan becomes a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is: a Google member, an ARN of a policy.
    Plain,
    AwsUser,
    AwsRole,
    AwsGroup,
    /// Whoever an ARN of a trust policy names.
    AwsAnybody,
    /// An object id of Entra ID, or a name of a role of Azure.
    Azure,
    /// An Oracle cloud id.
    Oracle,
}

/// Where a name comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum From {
    /// An attribute; each of its texts is a name.
    Attribute(&'static str, Kind),
    /// The resource itself, by the name that others use for it.
    Itself(Kind),
    /// The resource itself, by its address: what it holds has no name of its own.
    Address,
}

/// What the resources of some types grant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// A pattern of types.
    pub types: &'static str,
    pub given: Given,
    pub grantees: &'static [From],
    pub to: From,
    /// Attributes that say what a role is given on, the most exact first.
    pub scope: &'static [&'static str],
}

const fn role(types: &'static str, grantees: &'static [From], to: From) -> Rule {
    Rule { types, given: Given::Role, grantees, to, scope: &[] }
}

const fn member(types: &'static str, grantees: &'static [From], to: From) -> Rule {
    Rule { types, given: Given::Membership, grantees, to, scope: &[] }
}

const fn on(
    types: &'static str,
    grantees: &'static [From],
    to: From,
    scope: &'static [&'static str],
) -> Rule {
    Rule { types, given: Given::Role, grantees, to, scope }
}

use self::From::{Address, Attribute, Itself};

const GOOGLE: &[&str] = &[
    "bucket",
    "service_account_id",
    "crypto_key_id",
    "key_ring_id",
    "secret_id",
    "table_id",
    "dataset_id",
    "topic",
    "subscription",
    "repository",
    "job",
    "function",
    "service",
    "instance_name",
    "instance",
    "subnetwork",
    "name",
    "org_id",
    "folder",
    "project",
];

/// All rules; every one that fits a type counts.
pub(super) const RULES: &[Rule] = &[
    role(
        "aws_iam_role_policy_attachment",
        &[Attribute("role", Kind::AwsRole)],
        Attribute("policy_arn", Kind::Plain),
    ),
    role(
        "aws_iam_user_policy_attachment",
        &[Attribute("user", Kind::AwsUser)],
        Attribute("policy_arn", Kind::Plain),
    ),
    role(
        "aws_iam_group_policy_attachment",
        &[Attribute("group", Kind::AwsGroup)],
        Attribute("policy_arn", Kind::Plain),
    ),
    role(
        "aws_iam_policy_attachment",
        &[
            Attribute("users", Kind::AwsUser),
            Attribute("roles", Kind::AwsRole),
            Attribute("groups", Kind::AwsGroup),
        ],
        Attribute("policy_arn", Kind::Plain),
    ),
    role("aws_iam_role_policy", &[Attribute("role", Kind::AwsRole)], Address),
    role("aws_iam_user_policy", &[Attribute("user", Kind::AwsUser)], Address),
    role("aws_iam_group_policy", &[Attribute("group", Kind::AwsGroup)], Address),
    role("aws_iam_role", &[Itself(Kind::AwsRole)], Attribute("managed_policy_arns", Kind::Plain)),
    role(
        "aws_iam_role_policy_attachments_exclusive",
        &[Attribute("role_name", Kind::AwsRole)],
        Attribute("policy_arns", Kind::Plain),
    ),
    member(
        "aws_iam_role",
        &[Attribute("assume_role_policy.Statement.Principal.AWS", Kind::AwsAnybody)],
        Itself(Kind::AwsRole),
    ),
    member(
        "aws_iam_user_group_membership",
        &[Attribute("user", Kind::AwsUser)],
        Attribute("groups", Kind::AwsGroup),
    ),
    member(
        "aws_iam_group_membership",
        &[Attribute("users", Kind::AwsUser)],
        Attribute("group", Kind::AwsGroup),
    ),
    on(
        "aws_ssoadmin_account_assignment",
        &[Attribute("principal_id", Kind::Plain)],
        Attribute("permission_set_arn", Kind::Plain),
        &["target_id"],
    ),
    member(
        "aws_identitystore_group_membership",
        &[Attribute("member_id", Kind::Plain)],
        Attribute("group_id", Kind::Plain),
    ),
    on(
        "aws_eks_access_policy_association",
        &[Attribute("principal_arn", Kind::AwsAnybody)],
        Attribute("policy_arn", Kind::Plain),
        &["cluster_name"],
    ),
    on("google_*_iam_member", &[Attribute("member", Kind::Plain)], Attribute("role", Kind::Plain), GOOGLE),
    on("google_*_iam_binding", &[Attribute("members", Kind::Plain)], Attribute("role", Kind::Plain), GOOGLE),
    member(
        "google_cloud_identity_group_membership",
        &[Attribute("preferred_member_key.id", Kind::Plain)],
        Attribute("group", Kind::Plain),
    ),
    on(
        "azurerm_role_assignment",
        &[Attribute("principal_id", Kind::Azure)],
        Attribute("role_definition_name", Kind::Azure),
        &["scope"],
    ),
    on(
        "azurerm_role_assignment",
        &[Attribute("principal_id", Kind::Azure)],
        Attribute("role_definition_id", Kind::Azure),
        &["scope"],
    ),
    on(
        "azurerm_pim_*_role_assignment",
        &[Attribute("principal_id", Kind::Azure)],
        Attribute("role_definition_id", Kind::Azure),
        &["scope"],
    ),
    on(
        "azurerm_key_vault_access_policy",
        &[Attribute("object_id", Kind::Azure)],
        Itself(Kind::Azure),
        &["key_vault_id"],
    ),
    member(
        "azuread_group_member",
        &[Attribute("member_object_id", Kind::Azure)],
        Attribute("group_object_id", Kind::Azure),
    ),
    member("azuread_group", &[Attribute("members", Kind::Azure)], Itself(Kind::Azure)),
    role(
        "azuread_directory_role_assignment",
        &[Attribute("principal_object_id", Kind::Azure)],
        Attribute("role_id", Kind::Azure),
    ),
    role(
        "azuread_directory_role_member",
        &[Attribute("member_object_id", Kind::Azure)],
        Attribute("role_object_id", Kind::Azure),
    ),
    on(
        "azuread_app_role_assignment",
        &[Attribute("principal_object_id", Kind::Azure)],
        Attribute("app_role_id", Kind::Azure),
        &["resource_object_id"],
    ),
    member(
        "oci_identity_user_group_membership",
        &[Attribute("user_id", Kind::Oracle)],
        Attribute("group_id", Kind::Oracle),
    ),
];

/// Patterns of types about identities that by themselves give nothing to anybody.
pub(super) const WITHOUT_GRANTS: &[&str] = &[
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_policy",
    "aws_iam_policy_document",
    "aws_iam_account_*",
    "aws_iam_instance_profile",
    "aws_iam_service_linked_role",
    "aws_iam_*_certificate",
    "aws_iam_virtual_mfa_device",
    "aws_identitystore_user",
    "aws_identitystore_group",
    "google_service_account",
    "google_project_iam_custom_role",
    "google_organization_iam_custom_role",
    "azuread_user",
    "azuread_application*",
    "azuread_service_principal",
    "azurerm_user_assigned_identity",
    "azurerm_role_definition",
    "oci_identity_user",
    "oci_identity_group",
    "oci_identity_compartment",
];

impl Kind {
    /// The name of a text; nothing where it names nobody in particular.
    pub fn name(self, text: &str) -> Option<String> {
        let last = |kind: &str| {
            let own = text.rsplit(['/', ':']).next().unwrap_or(text);
            Some(format!("aws:{kind}/{own}"))
        };
        match self {
            Kind::Plain => Some(text.to_owned()),
            Kind::AwsUser => last("user"),
            Kind::AwsRole => last("role"),
            Kind::AwsGroup => last("group"),
            Kind::AwsAnybody if text == "*" => Some("aws:anybody".to_owned()),
            Kind::AwsAnybody => {
                let resource = text.splitn(6, ':').nth(5);
                let account = text.split(':').nth(4).unwrap_or(text);
                match resource.and_then(|resource| resource.split_once('/')) {
                    Some(("role", _)) => last("role"),
                    Some(("user", _)) => last("user"),
                    Some(_) => Some(text.to_owned()),
                    None => Some(format!("aws:account/{account}")),
                }
            }
            Kind::Azure => Some(format!("azure:{text}")),
            Kind::Oracle => Some(format!("oci:{text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_whether_it_is_named_or_its_arn_is() {
        for (kind, text, expected) in [
            (Kind::AwsRole, "deploy", "aws:role/deploy"),
            (Kind::AwsRole, "arn:aws:iam::123456789012:role/ci/deploy", "aws:role/deploy"),
            (Kind::AwsAnybody, "arn:aws:iam::123456789012:role/deploy", "aws:role/deploy"),
            (Kind::AwsAnybody, "arn:aws:iam::123456789012:root", "aws:account/123456789012"),
            (Kind::AwsAnybody, "123456789012", "aws:account/123456789012"),
            (Kind::AwsAnybody, "*", "aws:anybody"),
            (Kind::Plain, "serviceAccount:a@b", "serviceAccount:a@b"),
        ] {
            assert_eq!(kind.name(text).as_deref(), Some(expected), "{text}");
        }
    }
}
