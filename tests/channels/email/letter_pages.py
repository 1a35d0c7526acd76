"""Replies of many programs as HTML, each written out whole, with what is new in it: made here, no mail of anybody's."""

from __future__ import annotations

PAGES: dict[str, tuple[str, str]] = {
    "th-gmail-page": (
        '<div dir="ltr">ขอบคุณค่ะ ได้รับของแล้ว</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">เมื่อ พ. 18 พ.ย. 2026 เวลา 14:03 Acme &lt;<a href="mailto:help@acme.example">help@acme.example</a>&gt; เขียนว่า:<br></div><blockquote class="gmail_quote">ของส่งแล้ว</blockquote></div>',
        "ขอบคุณค่ะ ได้รับของแล้ว",
    ),
    "fi-outlook-mobile-page": (
        '<html><body dir="auto"><div>Sopii, tulkaa perjantaina.</div><div><br></div><div id="ms-outlook-mobile-signature">Hanki <a href="https://aka.ms/x">Outlook for Android</a></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font><b>Lähettäjä:</b> Acme &lt;help@acme.example&gt;<br><b>Lähetetty:</b> keskiviikko 18. marraskuuta 2026 14.03<br><b>Vastaanottaja:</b> veera@posti.example<br><b>Aihe:</b> Käynti</font></div><div>Käykö perjantai?</div></body></html>',
        "Sopii, tulkaa perjantaina.\n\nHanki Outlook for Android",
    ),
    "he-apple-page": (
        '<html dir="rtl"><body><div dir="rtl">לא הגיע עד היום.</div><div dir="rtl"><br><blockquote type="cite">ב-18 בנוב׳ 2026, בשעה 14:03, Acme &lt;help@acme.example&gt; כתב/ה:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">שלום נועה</div></blockquote></body></html>',
        "לא הגיע עד היום.",
    ),
    "el-yahoo-page": (
        '<div class="ydp1-yahoo-style-wrap"><div dir="ltr">Όχι ακόμη, περιμένω.</div><div><br></div></div><div id="ydp2yahoo_quoted_1" class="ydp2yahoo_quoted"><div>Στις Τετάρτη 18 Νοεμβρίου 2026, 02:03:11 μ.μ. EET, ο χρήστης Acme &lt;help@acme.example&gt; έγραψε:</div><div><br></div><div>Ήρθε το δέμα;</div></div>',
        "Όχι ακόμη, περιμένω.",
    ),
    "en-proton-page": (
        '<div style="font-family: Arial">Yes please, on Monday.</div><div class="protonmail_signature_block"><div>Sent with <a href="https://proton.me/">Proton Mail</a> secure email.</div></div><br><div class="protonmail_quote">On Wednesday, November 18th, 2026 at 2:03 PM, Acme &lt;help@acme.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Monday or Tuesday?</blockquote></div>',
        "Yes please, on Monday.\nSent with Proton Mail secure email.",
    ),
    "pl-onet-page": (
        '<div>Dzień dobry, paczka nadal w drodze.</div><div><br></div><div class="nh_extra"><p>W dniu 2026-11-18 14:03:11 użytkownik Acme &lt;help@acme.example&gt; napisał:</p><blockquote>Paczka dotrze jutro.</blockquote></div>',
        "Dzień dobry, paczka nadal w drodze.",
    ),
    "en-thunderbird-inline-page": (
        '<html><body><div class="moz-cite-prefix">On 18/11/2026 14:03, Acme wrote:<br></div><blockquote type="cite" cite="mid:1@acme.example">Which colour?</blockquote><p>Red.</p><blockquote type="cite" cite="mid:1@acme.example">Which size?</blockquote><p>Forty-two.</p></body></html>',
        "Red.\n\nForty-two.",
    ),
    "ja-own-blockquote-page": (
        "<p>画面に次のように出ます。</p><blockquote>エラー 8841: 接続できません</blockquote><p>どうすればよいですか。</p>",
        "画面に次のように出ます。\n\nエラー 8841: 接続できません\n\nどうすればよいですか。",
    ),
    "zoho-page": (
        '<div style="font-family: Verdana"><div>Keep it, thanks.</div><div><br></div><div class="zmail_extra_hr" style="border-top: 1px solid rgb(204, 204, 204)"><br></div><div class="zmail_extra" data-zbluepencil-ignore="true"><div><br></div><div id="Zm-_Id_-Sgn1">---- On Wed, 18 Nov 2026 14:03:11 +0530 <b>Acme &lt;help@acme.example&gt;</b> wrote ---<br></div><div><br></div><blockquote id="blockquote_zmail"><div>Shall we cancel it?</div></blockquote></div></div>',
        "Keep it, thanks.",
    ),
    "yandex-page": (
        '<div>Нет, не помогло.</div><div> </div><div>18.11.2026, 14:03, "Acme" &lt;help@acme.example&gt;:</div><blockquote><p>Помогло?</p></blockquote>',
        "Нет, не помогло.",
    ),
    "mailru-page": (
        '<html><body><div>Не помогло.</div><div data-signature-widget="container"><div>--<br>Ирина</div></div><blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Среда, 18 ноября 2026, 14:03 +03:00 от Acme &lt;help@acme.example&gt;:<br><div>Помогло?</div></blockquote></body></html>',
        "Не помогло.\n--\nИрина",
    ),
    "netease-page": (
        '<div>还没有。</div><br><div id="isReplyContent"><p>在 2026-11-18 14:03:11，"Acme" &lt;help@acme.example&gt; 写道：</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex">收到了吗？</blockquote></div>',
        "还没有。",
    ),
    "qq-page": (
        '<div>还没有。</div><div><includetail><div> </div><div style="font:Verdana normal 14px;color:#000;"><div style="FONT-SIZE: 12px;PADDING:2px 0;">------------------ 原始邮件 ------------------</div><div style="FONT-SIZE: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b> "Acme"&lt;help@acme.example&gt;;</div><div><b>发送时间:</b> 2026年11月18日 14:03</div><div><b>收件人:</b> "李雷"&lt;lilei@post.example&gt;;</div><div><b>主题:</b> Re: 退款</div></div><div>收到了吗？</div></div></includetail></div>',
        "还没有。",
    ),
    "gmx-page": (
        '<html><body><div style="font-family: Verdana;"><div>Die zweite.</div><div> <div style="margin: 10px 5px 5px 10px; border-left: 2px solid #C3D9E5;" name="quote"><div style="margin: 0 0 10px 0;"><b>Gesendet:</b> Mittwoch, 18. November 2026 um 14:03 Uhr<br><b>Von:</b> "Acme" &lt;help@acme.example&gt;<br><b>An:</b> jo@brief.example<br><b>Betreff:</b> Re: Rechnung</div><div name="quoted-content">Welche?</div></div></div></div></body></html>',
        "Die zweite.",
    ),
    "notes-page": (
        '<font size=2 face="sans-serif">It does not fit.</font><br><br><font size=2>Petra</font><br><br><br><br><font size=1 color=#5f5f5f face="sans-serif">From: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>"Acme" &lt;help@acme.example&gt;</font><br><font size=1 color=#5f5f5f>To: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>&lt;petra@firm.example&gt;</font><br><font size=1 color=#5f5f5f>Date: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>18/11/2026 14:03</font><br><font size=1 color=#5f5f5f>Subject: &nbsp; &nbsp; &nbsp; &nbsp;</font><font size=1>Part</font><br><hr noshade><br><br><font size=2>Does it fit?</font>',
        "It does not fit.\n\nPetra",
    ),
    "spark-page": (
        '<html><body><div name="messageBodySection"><div dir="auto">Friday, please.</div></div><div name="messageReplySection">On 18 Nov 2026, 14:03 +0100, Acme &lt;help@acme.example&gt;, wrote:<br/><blockquote type="cite" style="border-left: 1px solid #1abc9c">Which day?</blockquote></div></body></html>',
        "Friday, please.",
    ),
    "front-page": (
        '<div>Friday, please.<br><br></div><blockquote type="cite" class="front-blockquote"><div>On November 18, 2026, 2:03 PM GMT+1 <a href="mailto:help@acme.example">help@acme.example</a> wrote:</div><div>Which day?</div></blockquote>',
        "Friday, please.",
    ),
    "hey-page": (
        '<div class="trix-content"><div>Friday, please.<br><br>On November 18, 2026, Acme &lt;help@acme.example&gt; wrote:</div><blockquote><div>Which day?</div></blockquote></div>',
        "Friday, please.",
    ),
    "naver-page": (
        '<div>취소해 주세요.</div><p></p><div style="border-left:1px solid #ccc"><p>-----Original Message-----<br><b>From:</b> "Acme"&lt;help@acme.example&gt;<br><b>To:</b> kim@post.example<br><b>Sent:</b> 2026. 11. 18. (수) 14:03<br><b>Subject:</b> Re: 주문</p><p>취소할까요?</p></div>',
        "취소해 주세요.",
    ),
    "tuta-page": (
        '<div>Friday, please.</div><div><br></div><div>--<br>Secured with Tuta Mail</div><div><br></div><div>18 Nov 2026, 14:03 by help@acme.example:<br></div><blockquote class="tutanota_quote">Which day?</blockquote>',
        "Friday, please.\n\n--\nSecured with Tuta Mail",
    ),
    "samsung-page": (
        '<html><body><div dir="auto">Nej, inte än.</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div>Skickat från min Galaxy</div></div><div dir="auto"><br></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Originalmeddelande --------</div><div>Från: Acme &lt;help@acme.example&gt; </div><div>Datum: 2026-11-18 14:03 (GMT+01:00) </div><div>Till: lisa@brev.example </div><div>Ämne: Re: Faktura </div><div><br></div></div>Har den kommit?</body></html>',
        "Nej, inte än.\n\nSkickat från min Galaxy",
    ),
    "gmail-inline-page": (
        '<div dir="ltr"><div>Answers:</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Wed, Nov 18, 2026 at 2:03 PM Acme &lt;<a href="mailto:help@acme.example">help@acme.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div>Which colour?</div></blockquote><div>Red.</div><blockquote class="gmail_quote"><div>Which size?</div></blockquote><div>Forty-two.</div></div></div>',
        "Answers:\n\nRed.\nForty-two.",
    ),
    "owa-page": (
        '<html><body dir="ltr"><div class="elementToProof">Still broken, see the picture.</div><div class="elementToProof"><br></div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>Van:</b> Acme &lt;help@acme.example&gt;<br><b>Verzonden:</b> woensdag 18 november 2026 14:03<br><b>Aan:</b> joost@brief.example<br><b>Onderwerp:</b> RE: Lamp</div><div>Is it fixed?</div></body></html>',
        "Still broken, see the picture.",
    ),
    "outlook-desktop-page": (
        '<html><body><div class="WordSection1"><p class="MsoNormal">Bitte liefern.</p><p class="MsoNormal">&nbsp;</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Von:</b> Acme &lt;help@acme.example&gt;<br><b>Gesendet:</b> Mittwoch, 18. November 2026 14:03<br><b>An:</b> jo@firma.example<br><b>Betreff:</b> Lieferung</p></div><p class="MsoNormal">Sollen wir liefern?</p></div></body></html>',
        "Bitte liefern.",
    ),
    "outlook-desktop-banner-page": (
        '<html><body><table><tr><td style="background:#fff3cd">CAUTION: This email comes from outside.</td></tr></table><p class="MsoNormal">We agree.</p><div style="border:none;border-top:solid #B5C4DF 1.0pt"><p class="MsoNormal"><b>From:</b> Acme [mailto:help@acme.example] <br><b>Sent:</b> 18 November 2026 14:03<br><b>To:</b> Olu<br><b>Subject:</b> Terms</p></div><p>Do you agree?</p></body></html>',
        "CAUTION: This email comes from outside.\n\nWe agree.",
    ),
    "yahoo-old-page": (
        '<html><body><div style="color:#000"><div><span>Ya llegó, gracias.</span></div><div class="qtdSeparateBR"><br><br></div><div class="yahoo_quoted" style="display: block;"><div><div dir="ltr">El Miércoles 18 de noviembre de 2026 14:03, Acme &lt;help@acme.example&gt; escribió:</div></div><div>¿Llegó?</div></div></div></body></html>',
        "Ya llegó, gracias.",
    ),
    "superhuman-page": (
        '<div>Tuesday works.</div><br><div>Sent via <a href="https://x.example">Superhuman</a></div><br><div class="gmail_quote">On Wed, Nov 18, 2026 at 2:03 PM, Acme <span dir="ltr">&lt;<a>help@acme.example</a>&gt;</span> wrote:<br><blockquote class="gmail_quote">Tuesday?</blockquote></div>',
        "Tuesday works.\n\nSent via Superhuman",
    ),
    "strike-and-quote-own-page": (
        '<p>You wrote in the contract:</p><blockquote style="margin:0 0 0 40px">Delivery within three days.</blockquote><p>It took three weeks.</p><div class="gmail_quote"><div class="gmail_attr">On Wed, Nov 18, 2026 at 2:03 PM Acme &lt;help@acme.example&gt; wrote:</div><blockquote class="gmail_quote">What is wrong?</blockquote></div>',
        "You wrote in the contract:\n\nDelivery within three days.\n\nIt took three weeks.",
    ),
}
