//! What the resources of each cloud give to whom.

mod terraform_support;

use countersign::document::{Node, NodeKind};
use terraform_support::imported;

fn told(node: Option<&Node>) -> String {
    match node.map(|node| &node.kind) {
        Some(NodeKind::String(text)) => text.clone(),
        Some(_) => "?".to_owned(),
        None => "-".to_owned(),
    }
}

#[test]
fn roles_policies_and_memberships_of_four_clouds_change_authority() {
    let plan = imported("grants.json");
    let mut found = Vec::new();
    for step in plan.plan.phases.iter().flat_map(|phase| phase.steps.iter()) {
        let operation = step.operation.value.as_str();
        if let Some(with) =
            step.with.as_ref().filter(|_| ["grant", "revoke", "join", "leave"].contains(&operation))
        {
            let to = with.get("role").or_else(|| with.get("group"));
            found.push(format!("{operation} {} {}", told(with.get("grantee")), told(to)));
        }
    }
    let by_hand = r#"
        join Identity::"aws:role/builder" Identity::"aws:role/app"
        grant Identity::"aws:role/app" Role::"arn:aws:iam::aws:policy/ReadOnlyAccess"
        grant Identity::"aws:role/app" Role::"terraform:aws_iam_policy.own"
        grant Identity::"aws:role/app" ?
        grant Identity::"aws:role/app" Role::"terraform:aws_iam_role_policy.inline"
        join Identity::"aws:user/dana" Identity::"aws:group/admins"
        join Identity::"aws:user/dana" Identity::"aws:group/auditors"
        join Identity::"aws:user/ben" Identity::"aws:group/ops"
        join Identity::"aws:user/dana" Identity::"aws:group/ops"
        revoke Identity::"aws:user/ben" Role::"arn:aws:iam::aws:policy/ReadOnlyAccess"
        grant Identity::"aws:user/ben" Role::"arn:aws:iam::aws:policy/PowerUserAccess"
        revoke Identity::"aws:user/ben" Role::"arn:aws:iam::aws:policy/Gone"
        grant Identity::"serviceAccount:ci@shop.iam.gserviceaccount.com" Role::"roles/editor@shop"
        grant Identity::"group:auditors@example.com" Role::"roles/storage.objectViewer@logs"
        grant Identity::"user:dana@example.com" Role::"roles/storage.objectViewer@logs"
        grant Identity::"azure:11111111-2222-3333-4444-555555555555" Role::"azure:Owner@/subscriptions/s"
        join Identity::"azure:bbbb" Identity::"azure:aaaa"
        join Identity::"oci:ocid1.user.oc1..u" Identity::"oci:ocid1.group.oc1..g"
        grant Identity::"oci:group/A" Role::"oci:read buckets in compartment c"
        grant Identity::"oci:group/Admins" Role::"oci:manage all-resources in tenancy"
        grant Identity::"oci:group/B" Role::"oci:read buckets in compartment c"
    "#;
    let expected: Vec<&str> = by_hand.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected);
    let opaque: Vec<&str> = plan.fidelity.opaque.iter().map(|remark| remark.text.as_str()).collect();
    assert_eq!(
        opaque,
        ["what `google_organization_iam_policy.all` permits to whom is not known; its values are"]
    );
}
