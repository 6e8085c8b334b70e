"""Writes quantized_blocks.jsonl: what ggml's quantisers make of 256 floats of many kinds, without an importance matrix.

    python3 quantized_blocks.py path/to/libggml-base.so > quantized_blocks.jsonl

Made with llama.cpp v0.5.0 as shipped, compiled, in the npm package node-llama-cpp 3.22.1.
"""
import ctypes
import json
import math
import random
import struct
import sys

TYPES = {"F16": (1, 512), "Q4_0": (2, 144), "Q4_1": (3, 160), "Q5_0": (6, 176), "Q5_1": (7, 192), "Q8_0": (8, 272),
         "Q4_K": (12, 144), "Q5_K": (13, 176), "Q6_K": (14, 210), "BF16": (30, 512)}

ggml = ctypes.CDLL(sys.argv[1])
ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64,
                                     ctypes.c_int64, ctypes.c_void_p]

r = random.Random(20)
normal = lambda scale: [r.gauss(0, scale) for _ in range(256)]
inputs = {
    "normal": normal(0.02),
    "normal, large": normal(300),
    "uniform": [r.uniform(-1, 1) for _ in range(256)],
    "positive": [r.uniform(0.5, 1) for _ in range(256)],
    "negative": [-r.uniform(0.5, 1) for _ in range(256)],
    "zeros": [0.0] * 256,
    "constant": [0.3] * 256,
    "negative constant": [-0.3] * 256,
    "one value": [0.0] * 100 + [1.5] + [0.0] * 155,
    "few values": [r.choice((-1.0, -0.5, 0.0, 0.25, 1.0)) for _ in range(256)],
    "an outlier": [x if i != 77 else 25.0 for i, x in enumerate(normal(0.05))],
    "groups of different size": [x * 10 ** (i // 16 % 7 - 4) for i, x in enumerate(normal(1))],
    "a group of zeros": [0.0 if 32 <= i < 64 else x for i, x in enumerate(normal(1))],
    "tiny": normal(1e-17),
    "as bf16": [struct.unpack("<f", b"\0\0" + struct.pack("<f", x)[2:])[0] for x in normal(0.04)],
    "wave": [math.sin(i * 0.37) for i in range(256)],
}
for name, values in inputs.items():
    x = (ctypes.c_float * 256)(*values)
    case = {"name": name, "x": bytes(x).hex()}
    for name, (number, size) in TYPES.items():
        out = (ctypes.c_char * 4096)()
        assert ggml.ggml_quantize_chunk(number, x, out, 0, 1, 256, None) == size
        case[name] = out.raw[:size].hex()
    print(json.dumps(case, separators=(",", ":")))
