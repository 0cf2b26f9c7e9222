"""verify.py against packages/protocol/vectors/access.json, and against what is no code at all.

python3 test_verify.py [seed]
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import random
import sys
import time
import unittest
from pathlib import Path
from typing import Any

import verify

VECTORS = Path(__file__).parents[2] / "packages/protocol/vectors/access.json"
vectors: dict[str, Any] = json.loads(VECTORS.read_text("ascii"))
seed = int(sys.argv.pop()) if sys.argv[-1].isdigit() else time.time_ns()
dice = random.Random(seed)


def make_case(entry: dict[str, Any]) -> dict[str, Any]:
    """The line that `conform` makes of an entry of `checks`."""
    documents = {name: vectors["documents"].get(entry[name]) for name in ("keys", "policy", "list")}
    root = vectors["roots"][entry["root"]]
    rest = {name: entry[name] for name in ("id", "now", "seen", "text")}
    gate = {"school": vectors["school"], "gateId": vectors["gateId"]}
    return {**rest, **gate, "root": root, **documents}


def find_check(id_: str) -> dict[str, Any]:
    return make_case(next(entry for entry in vectors["checks"] if entry["id"] == id_))


def make_gate(root: str, held: list[str]) -> verify.Gate:
    key = verify.read_key(vectors["roots"][root])
    gate = verify.Gate(vectors["school"], vectors["gateId"], key)
    for name in held:
        verify.take_document(gate, vectors["documents"][name], now=None)
    return gate


def run(*lines: bytes) -> list[dict[str, Any]]:
    sink = io.StringIO()
    with contextlib.redirect_stderr(io.StringIO()):
        verify.main(io.BytesIO(b"\n".join(lines)), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def encode_base45(data: bytes) -> str:
    text = ""
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            text += list(verify.BASE45)[digit]
    return text


class Vectors(unittest.TestCase):
    def test_base45(self) -> None:
        for entry in vectors["base45"]:
            data = bytes.fromhex(entry["bytesHex"])
            self.assertEqual(verify.decode_base45(entry["text"]), data)
            self.assertEqual(encode_base45(data), entry["text"])
        for text in vectors["base45Refused"]:
            self.assertIsNone(verify.decode_base45(text), text)

    def test_sm2(self) -> None:
        sm2 = vectors["sm2"]
        self.assertEqual(sm2["userIdAscii"].encode(), verify.SM2_USER_ID)
        public_key, signature = (
            bytes.fromhex(sm2[name]) for name in ("publicKeyHex", "signatureHex")
        )
        message = sm2["messageAscii"].encode()
        self.assertTrue(verify.verify_sm2(public_key, message, signature))
        for place in range(64):
            changed = bytearray(signature)
            changed[place] ^= 1 << dice.randrange(8)
            self.assertFalse(verify.verify_sm2(public_key, message, bytes(changed)), place)

    def test_parts(self) -> None:
        for part in vectors["parts"]:
            code = verify.read_access_code(part["text"])
            assert code is not None
            read = {
                "algorithm": code.algorithm,
                "keyId": code.key_id,
                "school": code.school,
                "class": code.class_,
                "profile": code.profile,
                "notBefore": code.not_before,
                "lifetimeMinutes": code.lifetime_minutes,
                "devicePublicKeyHex": code.device_key.hex(),
                "bodyHex": code.body.hex(),
                "hashHex": code.hash.hex(),
                "credentialHex": (code.body + code.issuer_signature).hex(),
                "shownAt": code.shown_at,
                "purpose": code.purpose,
                "context": code.context,
                "shownHex": code.shown.hex(),
                "codeHex": (code.shown + code.device_signature).hex(),
            }
            self.assertEqual(read, {name: part[name] for name in read})

    def test_loads(self) -> None:
        for entry in vectors["loads"]:
            with self.subTest(entry["id"]):
                gate = make_gate(entry["root"], entry["held"])
                document = vectors["documents"][entry["document"]]
                if entry["accepted"]:
                    verify.take_document(gate, document, entry["now"])
                    held_now = {"keys": gate.keys, "policy": gate.policy, "list": gate.revoked}
                    for kind in entry.get("ends", []):
                        self.assertIn(kind, entry["held"])
                        self.assertIsNone(held_now[kind])
                else:
                    held = repr(gate)
                    with self.assertRaises(verify.Refused):
                        verify.take_document(gate, document, entry["now"])
                    self.assertEqual(repr(gate), held)

    def test_deltas(self) -> None:
        for entry in vectors["deltas"]:
            with self.subTest(entry["id"]):
                gate = make_gate("root", ["keys", entry["held"]])
                if entry["accepted"]:
                    payload = verify.apply_delta(gate, entry["delta"], entry["now"])
                    self.assertEqual(payload, verify.read_bytes(entry, "payload"))
                else:
                    with self.assertRaises(verify.Refused):
                        verify.apply_delta(gate, entry["delta"], entry["now"])

    def test_checks(self) -> None:
        answers = run(*(json.dumps(make_case(entry)).encode() for entry in vectors["checks"]))
        expected = [{n: e[n] for n in ("id", "result", "refusal")} for e in vectors["checks"]]
        self.assertEqual(answers, expected)


class ChangedBytes(unittest.TestCase):
    """Nothing that was signed can be changed."""

    def test_of_a_code(self) -> None:
        for id_ in ("a student at a door", "by an SM2 issuer"):
            case = find_check(id_)
            gate = verify.read_gate(case)
            self.assertIsNone(verify.check(gate, case["text"], case["now"]))
            data = verify.decode_base45(case["text"][5:])
            assert data is not None
            for place in range(len(data)):
                changed = bytearray(data)
                changed[place] ^= dice.randrange(1, 256)
                text = "ECA1:" + encode_base45(bytes(changed))
                self.assertIsNotNone(verify.check(gate, text, case["now"]), (seed, id_, place))

    def test_of_a_codes_text(self) -> None:
        case = find_check("a student at a door")
        gate = verify.read_gate(case)
        text = case["text"]
        for place in range(len(text)):
            other = dice.choice([c for c in map(chr, range(1, 0x180)) if c != text[place]])
            for changed in (other + text[place], other, ""):
                read = text[:place] + changed + text[place + 1 :]
                if read != text:  # One of two equal characters taken away makes nothing else.
                    refusal = verify.check(gate, read, case["now"])
                    self.assertIsNotNone(refusal, (seed, place, changed))

    def test_of_a_document(self) -> None:
        for name, held in (("keys", []), ("policy", ["keys"]), ("list", ["keys"])):
            document = vectors["documents"][name]
            gate = make_gate("root", held)
            for member in ("payload", "signature"):
                data = verify.read_bytes(document, member)
                for place in range(len(data)):
                    changed = bytearray(data)
                    changed[place] ^= dice.randrange(1, 256)
                    encoded = base64.urlsafe_b64encode(bytes(changed)).decode().rstrip("=")
                    with self.assertRaises(verify.Refused, msg=(seed, name, member, place)):
                        verify.take_document(gate, {**document, member: encoded}, now=None)


class Junk(unittest.TestCase):
    """Whatever comes, each line is answered, none opens, and the next is judged as ever."""

    def assert_refused(self, *lines: bytes) -> None:
        good = json.dumps(find_check("a student at a door")).encode()
        answers = run(*(line.replace(b"\n", b"") for line in lines), good)
        self.assertEqual(len(answers), len(lines) + 1, seed)
        for line, answer in zip(lines, answers):
            self.assertEqual(answer["result"], "refused", (seed, line[:200]))
        self.assertEqual(answers[-1]["result"], "opened", seed)

    def test_random_bytes(self) -> None:
        self.assert_refused(*(dice.randbytes(dice.randrange(300)) for _ in range(500)))

    def test_broken_json(self) -> None:
        line = json.dumps(find_check("a student at a door")).encode()
        self.assert_refused(*(line[: dice.randrange(len(line))] for _ in range(200)))
        self.assert_refused(b"", b"null", b"[]", b"{}", b'"', b"\xef\xbb\xbf{}", b"\xff\xfe{}")
        self.assert_refused(b"[" * 100_000, b'{"id":' * 100_000, b"9" * 100_000, b"NaN")

    def test_a_huge_line(self) -> None:
        line = json.dumps(find_check("a student at a door")).encode()
        self.assert_refused(b"x" * (40 << 20), line + b" " * (40 << 20), b" " * (16 << 20))

    def test_members_of_another_type(self) -> None:
        case = find_check("a student at a door")
        values: tuple[Any, ...] = (
            None,
            True,
            0,
            -1,
            1.5,
            10**30,
            "",
            "\ud800",
            "A",
            [],
            [None],
            {},
            {"keyId": 0},
        )
        lines = []
        for name in case.keys() - {"id"}:
            without = {other: value for other, value in case.items() if other != name}
            lines.append(without)
            lines += [{**case, name: value} for value in values if value != case[name]]
            if isinstance(case[name], dict):
                for member in case[name]:
                    lines += [
                        {**case, name: {**case[name], member: value}}
                        for value in values
                        if value != case[name][member]
                    ]
        lines += [{**case, "id": value} for value in values if not isinstance(value, str)]
        self.assert_refused(*(json.dumps(line).encode() for line in lines))

    def test_random_texts(self) -> None:
        case = find_check("a student at a door")
        alphabet = "".join(verify.BASE45)
        texts = ["ECA1:" + "".join(dice.choices(alphabet, k=272)) for _ in range(200)]
        heads = [b"\x11\x02\x03\xe9" + dice.randbytes(177) for _ in range(200)]
        texts += ["ECA1:" + encode_base45(head) for head in heads]
        texts += ["\0" * 277, "\ud800" * 277, "ECA1:" + " " * 272]
        self.assert_refused(*(json.dumps({**case, "text": text}).encode() for text in texts))


if __name__ == "__main__":
    print(f"seed {seed}", file=sys.stderr)
    unittest.main()
