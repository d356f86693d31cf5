#!/usr/bin/env python3
"""Makes a tiny Qwen2ForCausalLM with QwQ's vocabulary, tokenizer and chat template, whose answers are scripted.

usage: make-model.py OUT_FOLDER TOKENIZER_JSON TOKENIZER_CONFIG CHAT_TEMPLATE

Two layers that do next to nothing; embeddings and lm_head spell a Markov chain on the last token, with a gap between
the first choice and the rest (about 50 in the logits) that no temperature bridges. So the answer to every prompt is
known, while everything around it is vLLM as it is:

  ...<think>\\n                      Okay, the user wants an answer. Think step by step!</think>\\n\\nHello there friend<|im_end|>
  ...TOOL                           <tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}</tool_call><|im_end|>
  logit_bias {"9707": -100}         ...</think>\\n\\n<tool_call>...: "Hello" forbidden, the second choice is a call
  logit_bias {"32313": -100}        " one two three four five six seven one two ...": "Okay" forbidden, an endless loop
  ...LOOP                           the same loop

The same seed makes the same bytes. The folder has script.json beside the model: what follows what.
"""
import argparse
import json
import os
import shutil

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

VOCABULARY = 152_064
HIDDEN = 128
LAYERS = 2
HEADS = 4
KV_HEADS = 2
INTERMEDIATE = 256
WINDOW = 40_960
SEED = 20261123
# Weight of a first choice. Second choices have 0.7 of it, so that only a logit_bias brings them up.
SURE = 5.0

parser = argparse.ArgumentParser()
for name in ('out', 'tokenizer', 'tokenizer_config', 'template'):
    parser.add_argument(name)
args = parser.parse_args()
os.makedirs(args.out, exist_ok=True)

# --- the script ---------------------------------------------------------------------------------------------------

tokenizer = Tokenizer.from_file(args.tokenizer)
vocabulary = tokenizer.get_vocab()


def byte_letters():
    """GPT-2's letters for bytes, in which the vocabulary is written."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}


LETTERS = byte_letters()


def token(text):
    """Id of a text that is one token, or None."""
    return vocabulary.get(''.join(LETTERS[byte] for byte in text.encode()))


def spell(text, taken):
    """Ids that spell the text, none of them taken and none twice: the last token alone is the chain's state."""

    def rest(at, seen):
        if at == len(text):
            return []
        for end in range(min(len(text), at + 14), at, -1):
            one = token(text[at:end])
            if one is None or one in seen:
                continue
            others = rest(end, seen | {one})
            if others is not None:
                return [one, *others]
        return None

    ids = rest(0, frozenset(taken))
    assert ids is not None, f'cannot be spelled with tokens of its own: {text}'
    return ids


taken = set()


def take(ids):
    assert not taken & set(ids), [tokenizer.decode([one], skip_special_tokens=False) for one in ids]
    taken.update(ids)
    return ids


NEWLINE = token('\n')  # the last token of the generation prompt "<think>\n"
END = tokenizer.token_to_id('<|im_end|>')
take([NEWLINE, END])
answer = take(spell('Okay, the user wants an answer. Think step by step!', taken))
PARAGRAPH = token('\n\n')
answer += take([tokenizer.token_to_id('</think>'), PARAGRAPH])
answer += take(spell('Hello there friend', taken))
TOOL = tokenizer.encode('TOOL').ids[-1]
LOOP = tokenizer.encode('LOOP').ids[-1]
take([TOOL, LOOP])
call = take([tokenizer.token_to_id('<tool_call>')])
call += take(spell('{"name":"get_weather","arguments":{"city":"Paris"}}', taken))
call += take([tokenizer.token_to_id('</tool_call>')])
loop = take(spell(' one two three four five six seven', taken))

follows = {}


def chain(ids, then):
    for one, other in zip(ids, [*ids[1:], then]):
        follows[one] = other


chain([NEWLINE, *answer], END)
chain([TOOL, *call], END)
chain([LOOP, *loop], loop[0])
follows[END] = answer[0]  # with ignore_eos it starts again

# --- the weights --------------------------------------------------------------------------------------------------

states = sorted(follows)
assert len(states) <= HIDDEN - 4
noise = torch.Generator().manual_seed(SEED)
# One dimension a state, and the last for "any other token".
embeddings = torch.randn(VOCABULARY, HIDDEN, generator=noise) * 0.02
embeddings[:, HIDDEN - 1] += 1.0
head = torch.randn(VOCABULARY, HIDDEN, generator=noise) * 0.002
head[answer[0], HIDDEN - 1] = SURE
for dimension, state in enumerate(states):
    embeddings[state] = torch.randn(HIDDEN, generator=noise) * 0.02
    embeddings[state, HIDDEN - 1] = 0
    embeddings[state, dimension] = 1.0
for dimension, state in enumerate(states):
    head[follows[state], dimension] = SURE
head[call[0], states.index(PARAGRAPH)] = 0.7 * SURE
head[loop[0], states.index(NEWLINE)] = 0.7 * SURE
head[tokenizer.token_to_id('</think>'), states.index(loop[-1])] = 0.6 * SURE

weights = {
    'model.embed_tokens.weight': embeddings,
    'lm_head.weight': head,
    'model.norm.weight': torch.ones(HIDDEN),
}


def small(rows, columns, scale):
    return torch.randn(rows, columns, generator=noise) * scale


HEAD_SIZE = HIDDEN // HEADS
for layer in range(LAYERS):
    at = f'model.layers.{layer}.'
    # Attention looks around, but what it and the MLP write back is too small to change the last token's state.
    weights |= {
        at + 'self_attn.q_proj.weight': small(HEADS * HEAD_SIZE, HIDDEN, 0.3),
        at + 'self_attn.q_proj.bias': torch.zeros(HEADS * HEAD_SIZE),
        at + 'self_attn.k_proj.weight': small(KV_HEADS * HEAD_SIZE, HIDDEN, 0.3),
        at + 'self_attn.k_proj.bias': torch.zeros(KV_HEADS * HEAD_SIZE),
        at + 'self_attn.v_proj.weight': small(KV_HEADS * HEAD_SIZE, HIDDEN, 0.1),
        at + 'self_attn.v_proj.bias': torch.zeros(KV_HEADS * HEAD_SIZE),
        at + 'self_attn.o_proj.weight': small(HIDDEN, HEADS * HEAD_SIZE, 0.002),
        at + 'mlp.gate_proj.weight': small(INTERMEDIATE, HIDDEN, 0.02),
        at + 'mlp.up_proj.weight': small(INTERMEDIATE, HIDDEN, 0.02),
        at + 'mlp.down_proj.weight': small(HIDDEN, INTERMEDIATE, 0.002),
        at + 'input_layernorm.weight': torch.ones(HIDDEN),
        at + 'post_attention_layernorm.weight': torch.ones(HIDDEN),
    }

# --- the folder ---------------------------------------------------------------------------------------------------


def write(name, value):
    with open(os.path.join(args.out, name), 'w', encoding='utf-8') as file:
        json.dump(value, file, indent=2, ensure_ascii=False)


save_file(
    {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in weights.items()},
    os.path.join(args.out, 'model.safetensors'),
    metadata={'format': 'pt'},
)
write('config.json', {
    'architectures': ['Qwen2ForCausalLM'], 'model_type': 'qwen2', 'torch_dtype': 'bfloat16',
    'vocab_size': VOCABULARY, 'hidden_size': HIDDEN, 'intermediate_size': INTERMEDIATE,
    'num_hidden_layers': LAYERS, 'num_attention_heads': HEADS, 'num_key_value_heads': KV_HEADS,
    'max_position_embeddings': WINDOW, 'rope_theta': 1000000.0, 'rms_norm_eps': 1e-05, 'hidden_act': 'silu',
    'attention_dropout': 0.0, 'initializer_range': 0.02, 'max_window_layers': LAYERS, 'sliding_window': 32768,
    'use_sliding_window': False, 'tie_word_embeddings': False, 'use_cache': True,
    'bos_token_id': 151643, 'eos_token_id': END,
})
# As QwQ-32B's own.
write('generation_config.json', {
    'bos_token_id': 151643, 'pad_token_id': 151643, 'eos_token_id': [END, 151643], 'do_sample': True,
    'repetition_penalty': 1.0, 'temperature': 0.6, 'top_k': 40, 'top_p': 0.95,
})
shutil.copy(args.tokenizer, os.path.join(args.out, 'tokenizer.json'))
with open(args.tokenizer_config, encoding='utf-8') as file:
    config = json.load(file)
with open(args.template, encoding='utf-8') as file:
    config['chat_template'] = file.read().rstrip('\n')
write('tokenizer_config.json', config)
write('script.json', {
    'next': {str(one): other for one, other in follows.items()}, 'answer': answer, 'tool': call, 'loop': loop,
    'default': answer[0],
})
