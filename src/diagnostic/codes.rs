//! The table of finding codes: one row each, from which every page about a code is made.

use super::Severity;

/// What the table says about one code.
#[derive(Clone, Copy, Debug)]
pub struct CodeRow {
    /// The code in the program.
    pub code: Code,
    /// The code in messages: lowercase words joined by hyphens.
    pub name: &'static str,
    /// How bad it is unless said otherwise.
    pub severity: Severity,
    /// What it says, in one line.
    pub summary: &'static str,
    /// What it means, what causes it, how to mend it.
    pub page: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $severity:ident $summary:literal $page:literal)*) => {
        /// The kind of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        /// Every code, in the order of the manual.
        pub static CODES: &[CodeRow] = &[
            $(CodeRow {
                code: Code::$variant,
                name: $name,
                severity: Severity::$severity,
                summary: $summary,
                page: $page,
            },)*
        ];
    };
}

codes! {
    // Reading.
    Unreadable "unreadable" Error
        "a file cannot be read"
        "It is absent, is no regular file, is too large, or the system refuses. Nothing was judged by it. Look at the path, which starts at the working folder on the command line and at the file's own folder in `countersign.toml`."
    Encoding "encoding" Error
        "the bytes of a file are not plain UTF-8 text"
        "Files are UTF-8 without a byte order mark. Control characters, a carriage return that stands alone, and the Unicode line separators are refused, because readers disagree about where a line ends. Save the file as UTF-8 with ordinary line ends."
    HiddenCharacter "hidden-character" Error
        "a character that a reader cannot see stands outside of a title or note"
        "Zero-width characters, bidirectional controls and the like make two different names look the same, or one text read in another order. Only titles and notes may hold them, and there they are shown escaped. Delete the character, or write the name as it is."
    Syntax "syntax" Error
        "a file does not follow the grammar of its format"
        "The YAML, JSON or TOML reader stopped at the place shown. Everything after it was not read, so further problems may follow once it is mended."
    DuplicateKey "duplicate-key" Error
        "a mapping has the same key twice"
        "Readers disagree about which of two equal keys counts. Delete one; both places are shown."
    YamlFeature "yaml-feature" Error
        "a YAML feature is used that these files do not allow"
        "Anchors, aliases, merge keys, tags, several documents in one file and keys that are not plain text make a file mean something other than what it shows. Write the values out."
    AmbiguousScalar "ambiguous-scalar" Error
        "an unquoted value means different things to different readers"
        "YAML 1.1 reads `yes`, `NO`, `0123`, `1:30`, `1_000` as booleans or numbers, YAML 1.2 does not. Quote the value if it is a text; write `true`, `false` or a decimal integer otherwise."
    Number "number" Error
        "a number is not a decimal integer within 64 bits"
        "Numbers are decimal integers from -9223372036854775808 to 9223372036854775807, without a plus sign, leading zeros, fraction or exponent. A `decimal` of the Cedar schema is written as a quoted text."
    Null "null" Error
        "a value is missing"
        "Nothing is empty by accident here: leave the key out, or give it a value."
    Limit "limit" Error
        "an input is larger than the documented limit"
        "Every size that an input can grow in has a limit, so that no input can exhaust the machine. The message names the limit. Split the input."
    UnknownField "unknown-field" Error
        "a key is not one that this kind of file has"
        "A misspelt key would otherwise be ignored, and with it what it was meant to restrict."
    MissingField "missing-field" Error
        "a key that this kind of file must have is absent"
        "Nothing that a decision depends on has a default. Add the key."
    WrongShape "wrong-shape" Error
        "a value is of another kind than its key expects"
        "The message says what is expected and what stands there, for example a list where there is a text."
    SchemaVersion "schema-version" Error
        "the file is of another kind or version than expected"
        "Every file says what it is in `schema:`. A file of an unknown major version is refused, because this program cannot know what it means."
    InvalidId "invalid-id" Error
        "an id holds a character that ids may not have"
        "Ids of plans, phases and steps are made of ASCII letters, digits, dot, underscore and hyphen, at most 256 bytes long."
    InvalidValue "invalid-value" Error
        "a value is not one of those that its key may have"
        "The message names the values that are possible."

    // Resolving.
    MalformedUid "malformed-uid" Error
        "a uid is not written as Cedar writes it"
        "A uid is a type and a quoted id, `User::\"dana\"`. In YAML, quote the whole where it holds a colon followed by a space or a hash sign."
    UnknownType "unknown-type" Error
        "an entity type is not in the bundle's schema"
        "A type written without a namespace is read in the bundle's namespace."
    UnknownAction "unknown-action" Error
        "an operation is not an action of the bundle's schema"
        "A step may only do what the schema declares. Actions of another namespace are written as a whole uid."
    NoOperation "no-operation" Error
        "an action has no entry in the catalogue of operations"
        "What an operation changes is said, never assumed: an action without an entry cannot be used in a plan. Add an entry, with `changes: []` if it changes nothing."
    UnknownEntity "unknown-entity" Error
        "something refers to an entity that does not exist"
        "A reference to nothing makes a forbid silently false, so an estate with one is refused. Add the entity or remove the reference."
    Duplicate "duplicate" Error
        "two things have the same name"
        "Both places are shown. Rename or delete one."
    Cycle "cycle" Error
        "things come before themselves"
        "The shortest cycle is shown, with the line of each of its edges. Remove one of them."
    UnknownNeed "unknown-need" Error
        "a dependency names nothing in the plan"
        "`needs` names phases, steps of the same phase, or `phase/step`."
    NoPrincipal "no-principal" Error
        "a step says nobody who does it"
        "Give the step or its phase a `by`."
    WrongValue "wrong-value" Error
        "a value does not conform to the Cedar schema"
        "The schema says which attributes an entity or a context has and of which type. The message names both."
    InvalidRequest "invalid-request" Error
        "a step's request does not conform to the schema"
        "The action does not apply to this type of principal or resource, or its context is of another shape."
    LookAlike "look-alike" Warning
        "two names look the same and are not"
        "Two uids differ only in case or in characters that look alike. Check that each is meant. A reference that matches a uid only when such differences are ignored is an error."
    InvalidTime "invalid-time" Error
        "a time zone, a date or a window cannot be understood"
        "Zones are IANA names such as `Europe/Berlin`. A local time that the zone skips or repeats when clocks change is refused, because it names no instant or two."

    // Files of other programs.
    OpaqueImport "opaque-import" Error
        "a part of an imported file has no form here"
        "An import ends with what was mapped, what is opaque and what is unknown. What is opaque was left out, and no policy sees it. `--strict-import` refuses a file that has any of it."
    UnfitSource "unfit-source" Error
        "a file of another program cannot be judged as it is"
        "It is of a version that is not known, it is not complete, or it does not say what its format says that it must. The message says which. A part that cannot be understood is never guessed."

    UrlValue "url-value" Error
        "a value stands outside of the file"
        "LDIF lets a value stand at an address after `:<`. Nothing is ever opened because a file says so: the file would decide what is read, and what is judged would not be what was given. Write the value itself."
    DistinguishedName "distinguished-name" Error
        "a name of a directory is not written as RFC 4514 says"
        "Names are parts of `type=value` with commas between them, `CN=Dana,OU=Staff,DC=contoso,DC=com`. A comma, plus sign, quote, backslash, angle bracket or semicolon in a value has a backslash before it, as have a space at an end and a hash sign at the start. Names that differ only in case, in spaces or in how characters are escaped are one name."
    SecurityDescriptor "security-descriptor" Error
        "a security descriptor cannot be read"
        "The value of `nTSecurityDescriptor` is a self-relative descriptor in base64, or SDDL as text, and says who may do what: it has a discretionary access control list. Export it whole, with an account that may read it."
    AccessList "access-list" Warning
        "an access control list is unusual"
        "Its entries are not in the order that Active Directory keeps, or an inherited permission stands before an inherited denial from further above, or there is no list at all. Denials are read first, so nobody gets a right here that Active Directory would refuse."
    PartialExport "partial-export" Error
        "an export of a directory is not complete"
        "An attribute holds only a range of its values, or a group and its member disagree about the membership. A path through a group that is missing would silently give or take rights. Export again with all attributes, and with a tool that asks for all ranges."
    GroupCycle "group-cycle" Warning
        "groups of a directory are in each other"
        "Active Directory permits it, and Cedar does not. Whoever is in one of the groups is taken to be in all of them, and in everything that any of them is in. What is asked of such a group itself, or changed in it, cannot be said, and a plan that does so is refused with the same code as an error. Remove one of the memberships."
    UnknownName "unknown-name" Error
        "a name means no object of the directory, or several"
        "Accounts are named by a uid, a distinguished name, a user principal name, `DOMAIN\\account` or a security identifier. Each way must lead to exactly one object of the estate. Case makes no difference; a `$` at the end does."

    // The bundle.
    Bundle "bundle" Error
        "a bundle's folder is incomplete or ambiguous"
        "A bundle has one `bundle.toml`, one schema, one catalogue of operations, and at least one policy."
    UnknownFile "unknown-file" Warning
        "a bundle holds a file that has no meaning there"
        "It was not read. Files of policies end in `.cedar`."
    CedarSchema "cedar-schema" Error
        "the Cedar schema has an error"
        "The message is Cedar's own."
    CedarSyntax "cedar-syntax" Error
        "a policy has a syntax error"
        "The message is Cedar's own."
    CedarValidation "cedar-validation" Error
        "a policy does not validate against the schema"
        "Policies are validated strictly. The message is Cedar's own."
    UnreachablePolicy "unreachable-policy" Error
        "no request of the schema can match a policy"
        "A forbid that can never apply protects nothing. Look for a misspelt action or type, or a condition that is always false."
    PolicyId "policy-id" Error
        "a policy has no `@id`, or one that another has"
        "Every policy and template has a unique `@id`, because levels, overrides and reports name it."
    UnknownLiteral "unknown-literal" Error
        "a policy names an entity that does not exist"
        "An entity that a policy names must exist in the estate, be an action or an enumerated entity of the schema, or be created by a step of the plan. Otherwise the policy never matches: for a forbid that is an error, for a permit a warning."
    BlanketPermit "blanket-permit" Warning
        "a permit has no constraint and no condition"
        "It allows everybody everything that no forbid denies."
    OptionalAttribute "optional-attribute" Warning
        "leaving out something optional turns a forbid off"
        "A hard or soft forbid asks with `has` for an attribute that entities need not have, and does not apply to those without it. Whoever drops the attribute from the estate turns the forbid off, and no error tells. The same goes for what the author of a plan can leave out, `context.plan.window` and `context.plan.author`. Make the attribute required in the schema; or decide in the policy, `if principal has tier then principal.tier > 1 else true`; or, where absence means that the forbid has nothing to say, say so in an annotation with the reason, `@absent(\"who has no tier is of none\")`. An `@absent` on a policy that no absence turns off is a warning too, because it promises something that is not there. Prerequisites and advice are not looked at, and neither are the parameters of a step: a step without one asks for something else."
    Enforcement "enforcement" Error
        "an enforcement level is given to something that cannot have it"
        "Levels are `hard`, `soft` and `advisory`, and belong to forbids by their `@id`."
    Link "link" Error
        "a template link does not fit its template"
        "A link names an existing template and gives a value to each of its slots, and to no other."
    Operation "operation" Error
        "an entry of the catalogue does not fit the schema"
        "Changes name types, attributes, tags and templates of the bundle; values have the type of the attribute they are for."

    // Judging.
    Denied "denied" Error
        "a step is not authorised"
        "A forbid applies, or no permit does. The policies that decided are shown. Whoever runs the step needs the right, or the condition that the forbid states must be brought about before the step."
    Missing "missing" Error
        "a step names an entity that does not exist when it runs"
        "The principal, the resource and every entity of the context must exist in the state that the earlier steps leave behind. Create it in an earlier step, or correct the name."
    Indeterminate "indeterminate" Error
        "it cannot be said whether a step is authorised"
        "Evaluating a forbid failed, or a decision reads a value that is not known yet. A gate that is unsure says no. Guard the policy with `has`, or supply the value."
    Inapplicable "inapplicable" Error
        "a step is authorised but cannot do what it says"
        "One of the changes of its operation is impossible in the state that the earlier steps leave behind: it creates what exists already, changes what does not exist, closes a cycle, or leaves an entity that does not conform to the schema."
    OrderDependent "order-dependent" Error
        "whether a step is authorised depends on the order in which the plan runs"
        "The plan leaves steps unordered, and in one order this step is allowed and in another it is not: an authorisation race, which passes or fails by luck. The message shows a run of each kind. Add the dependency that the hint names, or another that settles it."
    TooManyOrders "too-many-orders" Error
        "a plan leaves more orders open than are looked at"
        "Unordered steps that touch what a decision reads multiply the states that it can see. Beyond a bound the step is indeterminate, because a gate does not guess. Order some of these steps, or raise the bound with `--max-orders`."
    ConflictingChanges "conflicting-changes" Error
        "two unordered steps do not commute"
        "The state after both, or whether either is possible, depends on which of them runs first, so the plan has no single result. Order them."
    SelfEscalation "self-escalation" Error
        "a principal gives itself the authority for a step"
        "The step is allowed only because of what its own principal did earlier in the plan, or of what only that made possible. Had the principal done nothing before, the step would not be its to do. Let somebody else give the authority, or somebody else do the step."
    GrantedInPlan "granted-in-plan" Note
        "the authority for a step is given by others in the plan itself"
        "Before the plan the principal could not do this step; the steps that the message names, done by others, make it possible. That is allowed, and worth knowing."
    StandingAccess "standing-access" Note
        "a right that the plan gives is still there when the plan is done"
        "The plan makes something possible that was not possible before, and no later step takes it back. That may be what the plan is for; where the right was only needed for the plan itself, add a step that takes it back. `countersign impact` lists all that a plan makes possible and impossible."
    GateChanged "gate-changed" Error
        "the bundle is changed together with the plan that it is to judge"
        "`--base-bundle` names the bundle as it was before the change that is being checked. Where the two differ, the plan is judged by the base bundle, and is rejected even if it passes: whoever changes policies, levels, links or the catalogue in the same change as a plan would judge himself. `--base-approvals` does the same for approvals and overrides. Let the bundle be changed first, by somebody who may, and the plan afterwards."
    StaleApproval "stale-approval" Note
        "an approval or override is for another plan, or for other bytes of this one"
        "Approvals and overrides name the digest of the plan that was looked at. Any change of the plan makes them count no more, so that nobody approves what he has not seen. `countersign digest PLAN` prints the digest of a plan."
    UncountedApproval "uncounted-approval" Note
        "an approval or override does not count"
        "It is dated in the future or expired, its person is not in the estate or of another type than the author, is the author or the step's own principal, or the bundle's policies do not let that person approve or override here."
    WrongAuthor "wrong-author" Error
        "the plan's author is not the one who submits it"
        "`--author` says who submits the plan, as the surroundings have authenticated that person. The plan must say the same, or it would be judged for somebody else."
    WrongOverride "wrong-override" Error
        "an override is of something that cannot be overridden"
        "An override names a step of the plan and a forbid whose level is `soft`. Nothing overrides a hard forbid."
    Override "override" Note
        "what became of an override"
        "An override lets one step pass one soft forbid until it expires. Every override is shown, used or not."
    PermitError "permit-error" Warning
        "evaluating a permit failed"
        "The permit did not apply. That can only take access away, so the decision stands; but the policy does not do what its author meant."
    Advisory "advisory" Warning
        "an advisory forbid applies to a step"
        "It is advice and changes no decision."
    NothingToJudge "nothing-to-judge" Error
        "there is no step to judge"
        "A plan without steps is neither approved nor rejected."
    Configuration "configuration" Error
        "the configuration or the command line is not usable"
        "`countersign.toml` has the keys `bundle`, `estate` and `plans`."
}

impl Code {
    /// The code's row of the table.
    pub fn row(self) -> &'static CodeRow {
        CODES.iter().find(|row| row.code == self).expect("every code has a row, made by the same macro")
    }

    /// The code in messages.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }
}
