#!/usr/bin/env python3
"""Renders hard chats with the official chat templates, as vLLM would, into test/fixtures/templates/*.jsonl.gz.

usage: make-template-goldens.py            (needs only Python's jinja2; tried with 3.1.6)

The specs of libs/models compare the hand-written templates with these lines byte for byte. A line is
{"request": {...}, "prompt": "..."} or {"request": {...}, "refused": "..."}; the request is a chat completion body in
its own spelling (numbers!), so read it from the source text. Seeded: the same files every time.

Before it writes anything, the script proves itself on answers recorded from a real vLLM 0.32
(test/fixtures/vllm-golden/chats.jsonl.gz): what it renders for them must be what vLLM did.
"""
import copy
import gzip
import json
import random
from pathlib import Path

import jinja2.ext
import jinja2.sandbox

FIXTURES = Path(__file__).resolve().parent.parent / 'test' / 'fixtures'
TEMPLATES = FIXTURES / 'templates'
CHATS = 300
SEED = 20261123


class Refused(Exception):
    pass


# --- as transformers 5.19 (utils/chat_template_utils.py) ---------------------------------------------------------


def compile_template(name):
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols]
    )
    env.filters['tojson'] = lambda value: json.dumps(value, ensure_ascii=False)
    return env.from_string((TEMPLATES / name).read_text())


def apply_template(template, messages, tools, continues, **variables):
    if not continues:
        return template.render(messages=messages, tools=tools, **variables)
    if variables['add_generation_prompt']:
        raise Refused('continue_final_message')
    tag = 'CONTINUE_FINAL_MESSAGE_TAG '
    messages = copy.deepcopy(messages)
    final = messages[-1]['content']
    messages[-1]['content'] = final + tag
    text = template.render(messages=messages, tools=tools, **variables)
    if final.strip() not in text or tag.strip() not in text:
        raise Refused('continue_final_message')
    at = text.rindex(tag.strip())
    return text[:at] if text[at : at + len(tag)] == tag else text[:at].rstrip()


# --- as vLLM 0.32.0 (renderers/chat_utils.py, renderers/hf.py, openai/chat_completion/protocol.py) ----------------


def render(template, request):
    messages = [parse_message(message) for message in request['messages']]
    if any(message['role'] == 'developer' for message in messages):
        messages = consolidate_system(
            [dict(message, role='system') if message['role'] == 'developer' else message for message in messages]
        )
    tools = request.get('tools')
    variables = dict(request.get('chat_template_kwargs') or {})
    effort = request.get('reasoning_effort')
    if effort is not None and 'enable_thinking' not in variables:
        variables['enable_thinking'] = effort != 'none'
    variables['add_generation_prompt'] = request.get('add_generation_prompt', True)
    continues = request.get('continue_final_message', False)
    return apply_template(template, messages, tools and [dump_tool(tool) for tool in tools], continues, **variables)


def parse_message(message):
    role, content = message['role'], message.get('content')
    parts = [] if content is None else [content] if isinstance(content, str) else [part['text'] for part in content]
    if role == 'system':
        parts = [without_billing_header(text) for text in parts]
    parsed = {'role': role, 'content': '\n'.join(text for text in parts if text)}
    if role == 'assistant':
        reasoning = message.get('reasoning')
        if reasoning is None:
            reasoning = message.get('reasoning_content')
        if reasoning is not None:
            parsed['reasoning'] = parsed['reasoning_content'] = reasoning
        if message.get('tool_calls'):
            parsed['tool_calls'] = [parse_call(call) for call in message['tool_calls']]
    return parsed


def without_billing_header(text):
    return text.partition('\n')[2] if text.startswith('x-anthropic-billing-header') else text


def parse_call(call):
    try:
        arguments = json.loads(call['function']['arguments'] or '{}')
    except json.JSONDecodeError:
        arguments = {}
    function = {'name': call['function']['name'], 'arguments': arguments if isinstance(arguments, dict) else {}}
    return {'id': call['id'], 'type': 'function', 'function': function}


def consolidate_system(messages):
    system = [message for message in messages if message['role'] == 'system']
    if len(system) == 1 and messages[0]['role'] == 'system':
        return messages
    content = '\n\n'.join(message['content'] for message in system if message['content'])
    return [{'role': 'system', 'content': content}] + [m for m in messages if m['role'] != 'system']


def dump_tool(tool):
    source = tool['function']
    function = {'name': source['name'], 'description': source.get('description'), 'parameters': source.get('parameters')}
    if source.get('strict') is not None:
        function['strict'] = source['strict']
    outer = tool.get('defer_loading')
    inner = source.get('defer_loading')
    if inner is not None or outer is not None:
        function['defer_loading'] = outer if inner is None else inner
    dumped = {'type': 'function', 'function': function}
    if outer is not None:
        dumped['defer_loading'] = outer
    return dumped


# --- hard chats ---------------------------------------------------------------------------------------------------

FRAGMENTS = [
    'Hello', ' ', '\n', '\n\n', '\t', '', 'Which is larger, 9.9 or 9.11?', '你好，世界', '天气?', '𠮷野家', '👩‍👩‍👧', 'e\u0301\u0323',
    '\ufeff', '\u00a0', '\u2028', '\u0085', '\u200b', '\u0000', '\u001c', '\u007f', 'ﬁ Å Ω', 'مرحبا', '\r\n', '    code', '"q" \\ \'', '<&>',
    '{{ x }}', '{% if %}', '<|im_start|>', '<|im_end|>', '<|im_start|>system\n', '<|im_end|>\n', '<|endoftext|>', '<|im_end', '<think>',
    '</think>', '<think>\nabc\n</think>\n\n', '</think>\n\n    indented', '</think></think>', '<think >', '</ think>', '<tool_call>',
    '</tool_call>', '<tool_response>', '</tool_response>', '<tool_response>\nr\n</tool_response>', '<tools>', 'CONTINUE_FINAL_MESSAGE_TAG',
    'CONTINUE_FINAL_MESSAGE_TAG ', 'x-anthropic-billing-header: cc_version=1; cch=ab12;\n', 'x-anthropic-billing-header', 'a' * 40,
]
NUMBERS = [
    '0', '-0', '-0.0', '1.0', '1e-7', '1E5', '1e5', '1e16', '1e15', '123456789.12345679', '0.0001', '0.00001', '5e-324', '1e400', '-1e400',
    '1.7976931348623157e308', '12345678901234567890', '-9007199254740993', '9007199254740993.0', '0.1', '100', '1e21', '1e22', '2.50',
    '3.141592653589793', '1e-05', '4.35', '0.30000000000000004', '1e2', '123e-20', '9' * 60,
]
# Python's json reads these, too; a body with them is not JSON to the gateway, so they stand only in arguments.
NOT_NUMBERS = ['NaN', 'Infinity', '-Infinity']
KEYS = ['10', '2', 'city', '键', 'a b', '"', '\\', '\n', '<b>', '__proto__', '', 'é', '\u0001', 'name', '😀']
NUMBER_MARK = '\ue000'


class Chats:
    """Draws chat completion bodies as JSON text. Numbers keep the spelling they were drawn with."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def body(self):
        pick = self.random
        request = {'messages': self.messages()}
        if pick.random() < 0.45:
            request['tools'] = [self.tool() for _ in range(pick.randint(1, 3))]
        if pick.random() < 0.2:
            request['add_generation_prompt'] = pick.random() < 0.5
        if pick.random() < 0.15:
            request['continue_final_message'] = True
            if pick.random() < 0.9:
                request['add_generation_prompt'] = False
        if pick.random() < 0.3:
            request['chat_template_kwargs'] = {'enable_thinking': pick.choice([True, False, False, None, 0, 'false'])}
        if pick.random() < 0.15:
            request['reasoning_effort'] = pick.choice(['none', 'none', 'low', 'max'])
        return self.spell(request)

    def spell(self, value):
        """JSON text in which a string NUMBER_MARK + digits stands as the bare number."""
        ascii_only = self.random.random() < 0.3
        text = json.dumps(value, ensure_ascii=ascii_only, separators=self.random.choice([(',', ':'), (', ', ': ')]))
        for number in sorted([*NUMBERS, *NOT_NUMBERS], key=len, reverse=True):
            text = text.replace(json.dumps(NUMBER_MARK + number, ensure_ascii=ascii_only), number)
        return text

    def messages(self):
        pick = self.random
        messages = []
        if pick.random() < 0.4:
            messages.append({'role': pick.choice(['system', 'system', 'system', 'developer']), 'content': self.content()})
        for _ in range(pick.randint(1, 7)):
            role = pick.choices(
                ['user', 'assistant', 'calls', 'tools', 'system', 'developer', 'alien'], [40, 25, 15, 12, 4, 2, 2]
            )[0]
            if role == 'calls':
                messages.append(self.caller())
                messages.extend(self.result() for _ in range(pick.choice([0, 1, 1, 2, 3])))
            elif role == 'tools':
                messages.extend(self.result() for _ in range(pick.randint(1, 3)))
            elif role == 'assistant':
                messages.append(self.thinker({'role': role, 'content': self.content()}))
            elif pick.random() < 0.03:
                messages.append({'role': role})
            else:
                messages.append({'role': role, 'content': self.content()})
        return messages

    def text(self):
        return ''.join(self.random.choices(FRAGMENTS, k=self.random.choice([0, 1, 1, 2, 3, 6])))

    def content(self):
        if self.random.random() < 0.8:
            return self.text()
        return [{'type': 'text', 'text': self.text()} for _ in range(self.random.randint(0, 3))]

    def thinker(self, message):
        if self.random.random() < 0.15:
            message[self.random.choice(['reasoning', 'reasoning_content'])] = self.random.choice(
                ['', 'R', '\n\nsteps\n', self.text()]
            )
        elif self.random.random() < 0.4 and isinstance(message['content'], str):
            message['content'] = f'<think>\n{self.text()}\n</think>\n\n{message["content"]}'
        return message

    def caller(self):
        calls = [
            {'id': f'c{at}', 'type': 'function', 'function': {'name': self.random.choice(['f', 'get_weather', '查询']), 'arguments': self.arguments()}}
            for at in range(self.random.choice([0, 1, 1, 2, 3]))
        ]
        content = None if self.random.random() < 0.4 else self.content()
        return self.thinker({'role': 'assistant', 'content': content, 'tool_calls': calls})

    def result(self):
        return {'role': 'tool', 'tool_call_id': 'c0', 'content': self.content()}

    def arguments(self):
        odd = ['', '{bad', '[1, 2.50]', '"s"', 'null', '42', '{}', ' {"a" : 1 } ', '{"a":1,"a":2,"b":3}', '{"s":"\\ud83d\\ude00"}', '{"a":1}x', "{'a':1}"]
        return self.random.choice(odd) if self.random.random() < 0.35 else self.spell(self.object(2, NUMBERS + NOT_NUMBERS))

    def value(self, depth, numbers):
        pick = self.random.random()
        if pick < 0.4:
            return NUMBER_MARK + self.random.choice(numbers)
        if pick < 0.6:
            return self.text()
        if pick < 0.7 or depth == 0:
            return self.random.choice([True, False, None, [], {}])
        if pick < 0.85:
            return [self.value(depth - 1, numbers) for _ in range(self.random.randint(0, 3))]
        return self.object(depth - 1, numbers)

    def object(self, depth, numbers):
        keys = self.random.sample(KEYS, k=self.random.randint(0, 5))
        return {key: self.value(depth, numbers) for key in keys}

    def tool(self):
        pick = self.random
        function = {'name': pick.choice(['get_weather', 'a-b', '查询', 'f"1'])}
        if pick.random() < 0.7:
            function['description'] = pick.choice([None, '', self.text(), 'Get the "weather" for a <city> & more'])
        if pick.random() < 0.7:
            function['parameters'] = None if pick.random() < 0.1 else self.object(3, NUMBERS)
        for name in ('strict', 'defer_loading'):
            if pick.random() < 0.15:
                function[name] = pick.choice([True, False, None])
        if pick.random() < 0.15:
            function['extra'] = {'x': 1}
        tool = {'type': 'function', 'function': function} if pick.random() < 0.8 else {'function': function}
        if pick.random() < 0.1:
            tool['defer_loading'] = pick.choice([True, False, None])
        if pick.random() < 0.1:
            tool['other'] = 1
        return dict(pick.sample(list(tool.items()), k=len(tool)))


# --- main ---------------------------------------------------------------------------------------------------------


def prove_on_recorded_chats():
    template = compile_template('qwq.jinja')
    with gzip.open(FIXTURES / 'vllm-golden' / 'chats.jsonl.gz', 'rt') as lines:
        recorded = [json.loads(line) for line in lines]
    for chat in recorded:
        if 'prompt' in chat and render(template, chat['request']) != chat['prompt']:
            raise SystemExit(f'chat {chat["id"]}: not what vLLM rendered')
    return len(recorded)


def golden_line(template, body, same_as=None):
    request = json.loads(body)
    try:
        prompt = render(template, request)
    except Refused as refused:
        return f'{{"request": {body}, "refused": {json.dumps(str(refused))}}}'
    if same_as is not None and render(same_as, request) != prompt:
        raise SystemExit(f'the two revisions differ for {body}')
    return f'{{"request": {body}, "prompt": {json.dumps(prompt)}}}'


def main():
    print(prove_on_recorded_chats(), 'recorded chats: as vLLM rendered them')
    # The first revision of Qwen3's template must render the same: vLLM's messages always have text for content.
    for seed, (name, other) in enumerate([('qwq', None), ('qwen2-5', None), ('qwen3', 'qwen3-first')]):
        chats = Chats(SEED + seed)
        template = compile_template(f'{name}.jinja')
        same_as = other and compile_template(f'{other}.jinja')
        lines = [golden_line(template, chats.body(), same_as) for _ in range(CHATS)]
        path = TEMPLATES / f'{name}.jsonl.gz'
        path.write_bytes(gzip.compress('\n'.join(lines).encode() + b'\n', mtime=0))
        print(path.name, len(lines), 'chats,', sum('"refused": ' in line for line in lines), 'refused,', path.stat().st_size, 'bytes')


if __name__ == '__main__':
    main()
