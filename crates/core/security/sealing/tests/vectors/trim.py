#!/usr/bin/env python3
"""Writes the vectors of this folder from a checkout of C2SP/wycheproof: trim.py CHECKOUT.

Keeps what our parameters use, and of the large files a few of each kind (result and flags).
Large *outputs* are replaced by their SHA-256: comparing that is as strict. What is kept is unchanged.
"""
import collections, hashlib, json, pathlib, subprocess, sys

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(sys.argv[1])
MOST = 12

def digest(text):
    return "sha256:" + hashlib.sha256(bytes.fromhex(text)).hexdigest()

def write(name, of, keep_group=lambda group: True, most=None, outputs=(), fields=()):
    source = json.loads((SOURCE / "testvectors_v1" / f"{name}_test.json").read_text())
    groups, kinds, count = [], collections.Counter(), 0
    for group in filter(keep_group, source["testGroups"]):
        tests = []
        for test in group["tests"]:
            kind = test["result"], tuple(test.get("flags", ()))
            kinds[kind] += 1
            if most and kinds[kind] > most:
                continue
            test.pop("flags", None)
            if len(test.get("comment", "")) == 0:
                test.pop("comment", None)
            for output in outputs:
                if test["result"] == "valid" and len(test.get(output, "")) > 128:
                    test[output] = digest(test[output])
            tests.append(test)
        count += len(tests)
        kept = {field: group[field] for field in fields if field in group}
        if tests:
            groups.append(kept | {"tests": tests})
    header = {"source": f"C2SP/wycheproof testvectors_v1/{name}_test.json", "algorithm": source["algorithm"], "numberOfTests": count, "of": source["numberOfTests"]}
    lines = ",\n".join(json.dumps(group, separators=(",", ":")).replace('},{"tcId"', '},\n{"tcId"') for group in groups)
    (HERE / f"{of}.json").write_text(json.dumps(header)[:-1] + ', "testGroups": [\n' + lines + "\n]}\n")
    print(of, count, "of", source["numberOfTests"])

write("aes_gcm_siv", "aes_256_gcm_siv", lambda group: group["keySize"] == 256 and group["ivSize"] == 96)
write("xchacha20_poly1305", "xchacha20_poly1305", lambda group: group["ivSize"] == 192)
write("hkdf_sha256", "hkdf_sha256", most=MOST)
write("hmac_sha256", "hmac_sha256", lambda group: group["tagSize"] == 256)
write("x25519", "x25519")
write("ed25519", "ed25519", fields=("publicKey",))
write("mlkem_768", "mlkem_768", most=MOST, outputs=("ek",))
write("mlkem_768_keygen_seed", "mlkem_768_keygen_seed", outputs=("ek", "dk"))
write("mlkem_768_encaps", "mlkem_768_encaps", most=MOST, outputs=("c",))
write("mlkem_768_semi_expanded_decaps", "mlkem_768_decaps")
write("mldsa_65_sign_seed", "mldsa_65_sign_seed", outputs=("sig",), fields=("privateSeed",))
write("mldsa_65_verify", "mldsa_65_verify", most=4, fields=("publicKey",))
