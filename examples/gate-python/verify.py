"""A gate's verifier of access codes, written from docs/codes.md alone.

It reads one case a line as JSON on standard input and answers each with one line:

    {"id", "now", "school", "gateId", "root", "keys", "policy", "list", "seen", "text"}
    {"id", "result": "opened" | "refused", "refusal": a code of docs/codes.md, or null}

A line that is no such case opens nothing either: its answer has an "error" and no refusal.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, BinaryIO, TextIO, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ACCESS_VERSION = 1
ACCESS_CODE_BYTES = 181
CREDENTIAL_BODY_BYTES = 46
CREDENTIAL_HASH_BYTES = 8
CREDENTIAL_LIFETIME_MINUTES_MAX = 4320
LIST_HEADER_BYTES = 22
LIST_STALE_SECONDS = 86400
REPLAY_MEMORY_SECONDS = 60
SHOWN_FUTURE_SECONDS = 5
SHOWN_PAST_SECONDS = 20

ALGORITHMS = {1: "ed25519", 2: "sm2"}
CLASSES = {1: "student", 2: "teacher", 3: "external", 4: "visitor"}
PURPOSES = {1: "door", 2: "library", 3: "meeting", 4: "attendance"}


# --- Routing ---------------------------------------------------------------------------------

ACCESS_FORM = re.compile(r"ECA1:[0-9A-Z $%*+./:-]{272}")
OTHER_FORMS = [
    re.compile(r"71[0-9]{4}[123467][0-9]{17}"),  # payment
    re.compile(r"72[0-9]{4}1[0-9]{17}"),  # identity
    re.compile(r"1[0-5][0-9]{16}"),  # wechat
    re.compile(r"(?:2[5-9]|30)[0-9]{14,22}"),  # alipay
    re.compile(r"62[0-9]{17}"),  # unionpay
    re.compile(  # collection
        r"https://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?/c/1\?s=[0-9]{4}&m=[A-Za-z0-9_-]{1,64}"
        r"&t=[A-Za-z0-9_-]{1,64}&k=[A-Za-z0-9_-]{1,64}&g=[A-Za-z0-9_-]{86}"
    ),
]


def is_of_another_form(text: str) -> bool:
    return any(form.fullmatch(text) for form in OTHER_FORMS)


# --- The access code -------------------------------------------------------------------------


@dataclass(frozen=True)
class AccessCode:
    algorithm: str
    key_id: int
    school: str
    class_: str
    profile: int
    not_before: int
    lifetime_minutes: int
    device_key: bytes
    body: bytes
    issuer_signature: bytes
    shown_at: int
    purpose: str
    context: int
    shown: bytes
    device_signature: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.body).digest()[:CREDENTIAL_HASH_BYTES]


def read_access_code(text: str) -> AccessCode | None:
    """The code's fields, or None if the text is not exactly of the form."""
    if not ACCESS_FORM.fullmatch(text):
        return None
    data = decode_base45(text[len("ECA1:") :])
    if data is None or len(data) != ACCESS_CODE_BYTES:
        return None
    (kind, key_id, school, class_, profile, not_before, lifetime_minutes, device_key) = (
        struct.unpack_from(">BBHBHIH33s", data)
    )
    (issuer_signature, shown_at, purpose, context, device_signature) = struct.unpack_from(
        ">64sIBH64s", data, CREDENTIAL_BODY_BYTES
    )
    if (
        kind >> 4 != ACCESS_VERSION
        or kind & 15 not in ALGORITHMS
        or school > 9999
        or class_ not in CLASSES
        or not 1 <= lifetime_minutes <= CREDENTIAL_LIFETIME_MINUTES_MAX
        or device_key[0] not in (2, 3)
        or purpose not in PURPOSES
    ):
        return None
    return AccessCode(
        algorithm=ALGORITHMS[kind & 15],
        key_id=key_id,
        school=f"{school:04}",
        class_=CLASSES[class_],
        profile=profile,
        not_before=not_before,
        lifetime_minutes=lifetime_minutes,
        device_key=device_key,
        body=data[:CREDENTIAL_BODY_BYTES],
        issuer_signature=issuer_signature,
        shown_at=shown_at,
        purpose=PURPOSES[purpose],
        context=context,
        shown=data[:-64],
        device_signature=device_signature,
    )


BASE45 = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}


def decode_base45(text: str) -> bytes | None:
    """RFC 9285: three characters are two bytes, a last two are one; None for all else."""
    data = bytearray()
    for start in range(0, len(text), 3):
        group = [BASE45.get(character) for character in text[start : start + 3]]
        if len(group) == 1 or None in group:
            return None
        value = sum(digit * 45**place for place, digit in enumerate(group) if digit is not None)
        size = len(group) - 1
        if value >= 256**size:
            return None
        data += value.to_bytes(size, "big")
    return bytes(data)


# --- Signatures ------------------------------------------------------------------------------


def verify_device(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """ECDSA on P-256 with SHA-256. A key that is no point of the curve verifies nothing."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
        point.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_issuer(key: Key, message: bytes, signature: bytes) -> bool:
    if key.algorithm == "sm2":
        return verify_sm2(key.public_key, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# SM2's curve: GM/T 0003.5, "Parameter definition".
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0
Point = tuple[int, int] | None  # None is the point at infinity.
SM2_USER_ID = b"1234567812345678"


def verify_sm2(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """SM2 (GM/T 0003.2). Only public values pass here, so it need not run in constant time."""
    point = read_sm2_point(public_key)
    if point is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (1 <= r < N and 1 <= s < N) or t == 0:
        return False
    curve = b"".join(number.to_bytes(32, "big") for number in (A, B, GX, GY))
    identity = (8 * len(SM2_USER_ID)).to_bytes(2, "big") + SM2_USER_ID
    z = sm3(identity + curve + public_key[1:])
    e = int.from_bytes(sm3(z + message), "big")
    total = add(multiply(s, (GX, GY)), multiply(t, point))
    return total is not None and (e + total[0]) % N == r


def read_sm2_point(public_key: bytes) -> Point:
    if len(public_key) != 65 or public_key[0] != 4:
        return None
    x, y = int.from_bytes(public_key[1:33], "big"), int.from_bytes(public_key[33:], "big")
    on_curve = x < P and y < P and (y * y - (x * x + A) * x - B) % P == 0
    return (x, y) if on_curve else None


def add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % P == 0:
            return None
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(factor: int, point: Point) -> Point:
    product: Point = None
    for bit in f"{factor:b}":
        product = add(product, product)
        if bit == "1":
            product = add(product, point)
    return product


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def sm2_is_right() -> bool:
    """The published example of GM/T 0003.5, and that its signature fits nothing else."""
    public_key = bytes.fromhex(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    signature = bytes.fromhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    return verify_sm2(public_key, b"message digest", signature) and not verify_sm2(
        public_key, b"another message", signature
    )


# --- What gates are told ---------------------------------------------------------------------


class Refused(ValueError):
    """A document that is not taken."""


@dataclass(frozen=True)
class Key:
    algorithm: str
    public_key: bytes


@dataclass(frozen=True)
class IssuerKey:
    key_id: int
    key: Key
    not_before: int
    not_after: int

    def counts(self, now: int) -> bool:
        return self.not_before <= now < self.not_after


@dataclass(frozen=True)
class KeySet:
    seq: int
    expires: int
    keys: list[IssuerKey]


@dataclass(frozen=True)
class WeeklyTime:
    days: list[int]
    from_minute: int
    until_minute: int


@dataclass(frozen=True)
class Rule:
    purpose: str
    context: int
    classes: list[str]
    profiles: list[int]
    week: list[WeeklyTime]
    not_before: int | None
    not_after: int | None


@dataclass(frozen=True)
class Policy:
    seq: int
    utc_offset_minutes: int
    shown_past_seconds: int
    shown_future_seconds: int
    opens_with_stale_list: bool
    rules: list[Rule]


# What holds without a policy. It has no rules, so it opens to nobody.
NO_POLICY = Policy(0, 0, SHOWN_PAST_SECONDS, SHOWN_FUTURE_SECONDS, False, [])


@dataclass(frozen=True)
class RevocationList:
    seq: int
    issued: int
    minimal_not_before: int
    hashes: frozenset[bytes]


@dataclass
class Gate:
    school: str
    gate_id: str
    root: Key
    keys: KeySet | None = None
    policy: Policy | None = None
    revoked: RevocationList | None = None
    # Who has signed what is held, by type.
    signers: dict[str, Key] = field(default_factory=dict)
    # When it let in which (hash, shown at). A real gate keeps these across restarts.
    seen: dict[tuple[bytes, int], int] = field(default_factory=dict)


def take_document(gate: Gate, document: Any, now: int | None) -> None:
    """Takes what verifies and is no older than what is held, or raises Refused.

    Without `now` the signer's time is not looked at: for what has been taken before.
    """
    refuse_other_members(document, "type algorithm keyId payload signature")
    type_ = read_member(document, "type", str)
    payload = read_bytes(document, "payload")
    signer = find_signer(gate, document, type_, now)
    message = type_.encode() + b"\0" + payload
    if not verify_issuer(signer, message, read_bytes(document, "signature")):
        raise Refused("its signature is wrong")
    if type_ == "ECA1.keys":
        keys = read_keys(gate, payload)
        if is_newer(gate.keys, keys):
            gate.keys = keys
            drop_what_is_not_believed(gate)
    elif type_ == "ECA1.policy":
        policy = read_policy(gate, payload)
        if is_newer(gate.policy, policy):
            gate.policy, gate.signers[type_] = policy, signer
    else:
        list_ = read_list(gate, payload)
        if is_newer(gate.revoked, list_):
            gate.revoked, gate.signers[type_] = list_, signer


def find_signer(gate: Gate, document: Any, type_: str, now: int | None) -> Key:
    algorithm = read_member(document, "algorithm", str)
    if type_ == "ECA1.keys":
        if document.get("keyId") is None and algorithm == gate.root.algorithm:
            return gate.root
    elif type_ in ("ECA1.policy", "ECA1.list"):
        for entry in find_keys(gate, read_member(document, "keyId", int), algorithm):
            if now is None or entry.counts(now):
                return entry.key
    raise Refused("nobody known has signed it")


def find_keys(gate: Gate, key_id: int, algorithm: str) -> list[IssuerKey]:
    entries = gate.keys.keys if gate.keys else []
    return [e for e in entries if (e.key_id, e.key.algorithm) == (key_id, algorithm)]


def is_newer(
    held: KeySet | Policy | RevocationList | None, new: KeySet | Policy | RevocationList
) -> bool:
    if held and new.seq < held.seq:
        raise Refused("a newer one is held")
    return held is None or new.seq > held.seq


def drop_what_is_not_believed(gate: Gate) -> None:
    """A key that the new set has no more may have been stolen."""
    known = [entry.key for entry in gate.keys.keys] if gate.keys else []
    if gate.signers.get("ECA1.policy") not in known:
        gate.policy = None
    if gate.signers.get("ECA1.list") not in known:
        gate.revoked = None


def read_keys(gate: Gate, payload: bytes) -> KeySet:
    value = read_json(payload)
    refuse_other_members(value, "school seq issued expires keys")
    refuse_other_school(gate, read_member(value, "school", str))
    entries = [read_issuer_key(entry) for entry in read_all(value, "keys", dict)]
    return KeySet(
        seq=read_member(value, "seq", int),
        expires=read_member(value, "expires", int),
        keys=[entry for entry in entries if can_be_used(entry.key)],
    )


def read_issuer_key(value: Any) -> IssuerKey:
    refuse_other_members(value, "keyId algorithm publicKey notBefore notAfter")
    return IssuerKey(
        key_id=read_member(value, "keyId", int),
        key=read_key(value),
        not_before=read_member(value, "notBefore", int),
        not_after=read_member(value, "notAfter", int),
    )


def read_key(value: Any) -> Key:
    algorithm = read_member(value, "algorithm", str)
    if algorithm not in ALGORITHMS.values():
        raise Refused("it has a key of an unknown algorithm")
    return Key(algorithm, read_bytes(value, "publicKey"))


def can_be_used(key: Key) -> bool:
    if key.algorithm == "ed25519":
        return len(key.public_key) == 32
    return read_sm2_point(key.public_key) is not None


def read_policy(gate: Gate, payload: bytes) -> Policy:
    value = read_json(payload)
    if isinstance(value, dict):
        value.setdefault("shownPastSeconds", SHOWN_PAST_SECONDS)
        value.setdefault("shownFutureSeconds", SHOWN_FUTURE_SECONDS)
    refuse_other_members(
        value,
        "school gateId seq issued utcOffsetMinutes shownPastSeconds shownFutureSeconds"
        " staleList rules",
    )
    refuse_other_school(gate, read_member(value, "school", str))
    if read_member(value, "gateId", str) != gate.gate_id:
        raise Refused("it is of another gate")
    stale_list = read_member(value, "staleList", str)
    if stale_list not in ("open", "closed"):
        raise Refused("it does not say what to do with a stale list")
    return Policy(
        seq=read_member(value, "seq", int),
        utc_offset_minutes=read_member(value, "utcOffsetMinutes", int),
        shown_past_seconds=read_member(value, "shownPastSeconds", int),
        shown_future_seconds=read_member(value, "shownFutureSeconds", int),
        opens_with_stale_list=stale_list == "open",
        rules=[read_rule(rule) for rule in read_all(value, "rules", dict)],
    )


def read_rule(value: Any) -> Rule:
    refuse_other_members(value, "purpose context classes profiles week notBefore notAfter")
    return Rule(
        purpose=read_member(value, "purpose", str),
        context=read_member(value, "context", int),
        classes=read_all(value, "classes", str),
        profiles=read_all(value, "profiles", int),
        week=[read_weekly_time(time) for time in read_all(value, "week", dict)],
        not_before=read_time_or_null(value, "notBefore"),
        not_after=read_time_or_null(value, "notAfter"),
    )


def read_weekly_time(value: Any) -> WeeklyTime:
    refuse_other_members(value, "days from until")
    return WeeklyTime(
        days=read_all(value, "days", int),
        from_minute=read_minute(value, "from"),
        until_minute=read_minute(value, "until"),
    )


def read_minute(value: Any, name: str) -> int:
    text = read_member(value, name, str)
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", text):
        raise Refused(f"{name} is no time of day")
    return 60 * int(text[:2]) + int(text[3:])


def read_time_or_null(value: Any, name: str) -> int | None:
    return None if value[name] is None else read_member(value, name, int)


def read_list(gate: Gate, payload: bytes) -> RevocationList:
    if len(payload) < LIST_HEADER_BYTES:
        raise Refused("it is too short")
    school, seq, issued, _next_update, minimal, n = struct.unpack_from(">HIIIII", payload)
    refuse_other_school(gate, f"{school:04}")
    hashes_ = split_hashes(payload[LIST_HEADER_BYTES:])
    if len(hashes_) != n:
        raise Refused("it has not as many hashes as it says")
    return RevocationList(seq, issued, minimal, frozenset(hashes_))


def split_hashes(data: bytes) -> list[bytes]:
    size = CREDENTIAL_HASH_BYTES
    if len(data) % size:
        raise Refused("it ends within a hash")
    hashes_ = [data[start : start + size] for start in range(0, len(data), size)]
    if any(left >= right for left, right in pairwise(hashes_)):
        raise Refused("its hashes do not rise")
    return hashes_


def apply_delta(gate: Gate, delta: Any, now: int) -> bytes:
    """Takes the new list that a delta makes of the one held; returns its payload."""
    if gate.revoked is None or read_member(delta, "fromSeq", int) != gate.revoked.seq:
        raise Refused("it is from another list")
    held = gate.revoked.hashes
    removed, added = (split_hashes(read_bytes(delta, name)) for name in ("removed", "added"))
    payload = read_bytes(delta, "header") + b"".join(sorted(held - set(removed) | set(added)))
    document = {name: delta.get(name) for name in ("algorithm", "keyId", "signature")}
    encoded = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    take_document(gate, {**document, "type": "ECA1.list", "payload": encoded}, now)
    return payload


def refuse_other_school(gate: Gate, school: str) -> None:
    if school != gate.school:
        raise Refused("it is of another school")


def read_json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("it is no JSON") from None


def refuse_other_members(value: Any, names: str) -> None:
    """What a newer core means by a member that we do not know could be that we stay shut."""
    if not isinstance(value, dict) or set(value) != set(names.split()):
        raise Refused(f"its members are not {names}")


T = TypeVar("T")


def read_member(value: Any, name: str, type_: type[T]) -> T:
    # type() and not isinstance: to Python True is an int.
    if not isinstance(value, dict) or type(value.get(name)) is not type_:
        raise Refused(f"{name} is missing or of another type")
    member: T = value[name]
    return member


def read_all(value: Any, name: str, type_: type[T]) -> list[T]:
    """A member that is an array, all of the one type."""
    members: list[T] = read_member(value, name, list)
    if any(type(member) is not type_ for member in members):
        raise Refused(f"{name} has a member of another type")
    return members


def read_bytes(value: Any, name: str) -> bytes:
    text = read_member(value, name, str)
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Refused(f"{name} is not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- Checking an access code -----------------------------------------------------------------


def the_school_is_the_gates(gate: Gate, code: AccessCode, now: int) -> bool:
    return code.school == gate.school


def the_gate_has_a_key_set(gate: Gate, code: AccessCode, now: int) -> bool:
    return gate.keys is not None and now < gate.keys.expires


def find_issuer_keys(gate: Gate, code: AccessCode, now: int) -> list[IssuerKey]:
    return [e for e in find_keys(gate, code.key_id, code.algorithm) if e.counts(now)]


def the_key_set_has_the_key(gate: Gate, code: AccessCode, now: int) -> bool:
    return bool(find_issuer_keys(gate, code, now))


def the_issuers_signature(gate: Gate, code: AccessCode, now: int) -> bool:
    message = b"ECA1.cred\0" + code.body
    return any(
        verify_issuer(entry.key, message, code.issuer_signature)
        for entry in find_issuer_keys(gate, code, now)
    )


def the_phones_signature(gate: Gate, code: AccessCode, now: int) -> bool:
    return verify_device(code.device_key, b"ECA1.show\0" + code.shown, code.device_signature)


def the_credential_has_begun(gate: Gate, code: AccessCode, now: int) -> bool:
    return code.not_before - policy_of(gate).shown_future_seconds <= now


def the_credential_has_not_ended(gate: Gate, code: AccessCode, now: int) -> bool:
    return now < code.not_before + 60 * code.lifetime_minutes


def the_list_has_not_the_hash(gate: Gate, code: AccessCode, now: int) -> bool:
    list_ = gate.revoked
    if list_ is None:
        return True
    return code.hash not in list_.hashes and code.not_before >= list_.minimal_not_before


def it_is_not_shown_early(gate: Gate, code: AccessCode, now: int) -> bool:
    return code.shown_at - policy_of(gate).shown_future_seconds <= now


def it_is_not_shown_late(gate: Gate, code: AccessCode, now: int) -> bool:
    return now <= code.shown_at + policy_of(gate).shown_past_seconds


def the_gate_does_not_remember_it(gate: Gate, code: AccessCode, now: int) -> bool:
    let_in_at = gate.seen.get((code.hash, code.shown_at))
    policy = policy_of(gate)
    tolerance = policy.shown_past_seconds + policy.shown_future_seconds
    return let_in_at is None or now - let_in_at > max(REPLAY_MEMORY_SECONDS, tolerance)


def the_list_is_not_stale(gate: Gate, code: AccessCode, now: int) -> bool:
    fresh = gate.revoked is not None and now < gate.revoked.issued + LIST_STALE_SECONDS
    return fresh or policy_of(gate).opens_with_stale_list


def a_rule_has_the_purpose(gate: Gate, code: AccessCode, now: int) -> bool:
    return any(rules_of_purpose(gate, code))


def a_rule_has_the_context(gate: Gate, code: AccessCode, now: int) -> bool:
    return any(rules_of_context(gate, code))


def a_rule_names_class_or_profile(gate: Gate, code: AccessCode, now: int) -> bool:
    return any(rules_that_name(gate, code))


def a_rule_holds_at_this_time(gate: Gate, code: AccessCode, now: int) -> bool:
    offset = policy_of(gate).utc_offset_minutes
    return any(holds(rule, now, offset) for rule in rules_that_name(gate, code))


Check = Callable[[Gate, AccessCode, int], bool]
CHECKS: list[tuple[Check, str]] = [
    (the_school_is_the_gates, "OTHER_SCHOOL"),
    (the_gate_has_a_key_set, "KEYS_EXPIRED"),
    (the_key_set_has_the_key, "KEY_UNKNOWN"),
    (the_issuers_signature, "ISSUER_SIGNATURE"),
    (the_phones_signature, "DEVICE_SIGNATURE"),
    (the_credential_has_begun, "CREDENTIAL_EARLY"),
    (the_credential_has_not_ended, "CREDENTIAL_EXPIRED"),
    (the_list_has_not_the_hash, "REVOKED"),
    (it_is_not_shown_early, "SHOWN_EARLY"),
    (it_is_not_shown_late, "SHOWN_LATE"),
    (the_gate_does_not_remember_it, "REPLAYED"),
    (the_list_is_not_stale, "LIST_STALE"),
    (a_rule_has_the_purpose, "WRONG_PURPOSE"),
    (a_rule_has_the_context, "WRONG_CONTEXT"),
    (a_rule_names_class_or_profile, "NOT_ALLOWED"),
    (a_rule_holds_at_this_time, "NOT_NOW"),
]


def check(gate: Gate, text: str, now: int) -> str | None:
    """Why the gate stays shut, or None: then remember it in `seen`, and open."""
    if is_of_another_form(text):
        return "NOT_ACCESS"
    code = read_access_code(text)
    if code is None:
        return "NOT_RECOGNISED"
    for passes, refusal in CHECKS:
        if passes is a_rule_has_the_purpose and gate.policy is None:
            return "NOT_ALLOWED"
        if not passes(gate, code, now):
            return refusal
    return None


def policy_of(gate: Gate) -> Policy:
    return gate.policy or NO_POLICY


def rules_of_purpose(gate: Gate, code: AccessCode) -> Iterator[Rule]:
    return (rule for rule in policy_of(gate).rules if rule.purpose == code.purpose)


def rules_of_context(gate: Gate, code: AccessCode) -> Iterator[Rule]:
    return (rule for rule in rules_of_purpose(gate, code) if rule.context == code.context)


def rules_that_name(gate: Gate, code: AccessCode) -> Iterator[Rule]:
    return (
        rule
        for rule in rules_of_context(gate, code)
        if code.class_ in rule.classes or (code.profile != 0 and code.profile in rule.profiles)
    )


def holds(rule: Rule, now: int, utc_offset_minutes: int) -> bool:
    if rule.not_before is not None and now < rule.not_before:
        return False
    if rule.not_after is not None and now >= rule.not_after:
        return False
    day, second = divmod(now + 60 * utc_offset_minutes, 86400)
    weekday = (day + 3) % 7 + 1  # 1 January 1970 was a Thursday, 4.
    return not rule.week or any(lies_in(time, weekday, second // 60) for time in rule.week)


def lies_in(time: WeeklyTime, weekday: int, minute: int) -> bool:
    if time.from_minute < time.until_minute:
        return weekday in time.days and time.from_minute <= minute < time.until_minute
    yesterday = (weekday + 5) % 7 + 1
    return (weekday in time.days and time.from_minute <= minute) or (
        yesterday in time.days and minute < time.until_minute
    )


# --- The command -----------------------------------------------------------------------------

LINE_BYTES_MAX = 16 * 1024 * 1024


def read_gate(case: Any) -> Gate:
    """The gate of a case. A document that does not verify is not held."""
    gate = Gate(
        school=read_member(case, "school", str),
        gate_id=read_member(case, "gateId", str),
        root=read_key(read_member(case, "root", dict)),
    )
    for name in ("keys", "policy", "list"):
        if case.get(name) is not None:
            try:
                take_document(gate, case[name], now=None)
            except Refused as error:
                print(f"{name} not taken: {error}", file=sys.stderr)
    for entry in read_all(case, "seen", dict):
        let_in = (read_bytes(entry, "credential"), read_member(entry, "shownAt", int))
        gate.seen[let_in] = read_member(entry, "letInAt", int)
    return gate


def answer(line: bytes) -> dict[str, Any]:
    id_ = None
    try:
        case = read_json(line)
        id_ = read_member(case, "id", str)
        now, text = read_member(case, "now", int), read_member(case, "text", str)
        refusal = check(read_gate(case), text, now)
    except Refused as error:
        return {"id": id_, "result": "refused", "refusal": None, "error": str(error)}
    return {"id": id_, "result": "refused" if refusal else "opened", "refusal": refusal}


def read_lines(source: BinaryIO) -> Iterator[bytes]:
    """Its lines, with an empty one in the place of one that is too long to be held."""
    while line := source.readline(LINE_BYTES_MAX):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = source.readline(LINE_BYTES_MAX)
        yield line if len(line) < LINE_BYTES_MAX else b""


def main(source: BinaryIO, sink: TextIO) -> int:
    try:
        right = sm2_is_right()
    except ValueError:
        right = False
    if not right:
        print("SM2 or SM3 does not work here: no code can be judged", file=sys.stderr)
        return 1
    for line in read_lines(source):
        print(json.dumps(answer(line)), file=sink, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout))
