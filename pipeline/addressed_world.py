"""The signals of `pipeline.addressed_signals` in other languages than English."""

import re
from functools import cache

from pipeline.addressed_signals import Signal

_TABLE: tuple[tuple[str, int, str], ...] = (
    ("override_world", 3, r"(?:ignorier|ignora\b|ignore[zr]?\b|ignoriert|vergiss|vergesst|vergessen sie|oublie[zr]?\b|olvid[ae]|esque[çc]a|dimentic|negeer|vergeet|zignoruj|zapomnij|ignorera|ignorer\b|ignoruj|glöm|glem|yok say|unut|görmezden|игнорируй|забудь|ігноруй|забудь|忽略|无视|忘记|無視|忘れ|무시|تجاهل|انس|अनदेखा|नज़रअंदाज़).{0,60}(?:anweisung|instruktion|kriteri|vorgaben|bewertungskriterien|instructions? pr[ée]c|consigne|bar[èe]me|instruccion|r[úu]brica|criteri|istruzion|griglia|instruç|instructies|opdrachten|instrukcj|polece|instruktion|pokyn|talimat|инструкц|указани|інструкц|вказівк)|(?:talimat\w*|kurallar\w*).{0,20}(?:yok say|unut|görmezden)|忽略.{0,12}(?:指令|指示|规则)|指示.{0,8}無視|지시.{0,8}무시|تجاهل.{0,20}(?:تعليمات|التعليمات)|निर्देश.{0,20}अनदेखा"),
    ("machine_world", 2, r"\b(?:sprachmodelle?n?|ki-systeme?n?|KI\b|künstliche intelligenz|modèles? de langage|l.ia\b|IA\b|intelligence artificielle|modelos? de lenguaje|sistema de selección|evaluador(?:es)? automátic\w*|inteligencia artificial|modell[oi] linguistic\w|intelligenza artificiale|modelos? de linguagem|ia avaliadora|taalmodel\w*|ai-systeem|kunstmatige intelligentie|system\w* ai|model\w* językow\w*|yapay zek\S*|dil modeli|språkmodell\w*|sprogmodel\w*|jazykov\w+ model\w*)|языков\w+ модел|мовн\w+ модел|人工智能|语言模型|人工知能|言語モデル|인공지능|언어 모델|ذكاء اصطناعي|भाषा मॉडल"),
    ("if_world", 2, r"\b(?:wenn du|falls du|si (?:vous|tu) (?:êtes|es)|si eres|se (?:sei|você é|és)|als je|jeśli jesteś|eğer (?:sen )?bir|om du är|hvis du er|pokud jsi|если ты|якщо ти)|如果你是|もしあなたが|만약 당신"),
    ("to_world", 1, r"^\W*(?:hinweis|nachricht|anweisung|liebe|an alle|achtung|note|chère|cher|nota|aviso|mensaje|a los|bericht|opmerking|beste|uwaga|wiadomość|not\b|.{0,30}ne not\b|aos?)\b"),
    ("role_world", 3, r"\b(?:du bist (?:jetzt|nun|ab sofort)|tu es (?:désormais|maintenant)|vous êtes (?:désormais|maintenant)|ahora eres|eres ahora|sei ora|ora sei|agora você é|je bent (?:nu|vanaf)|jesteś teraz|artık sen|du är nu|ты теперь)"),
    ("top_world", 2, r"höchstpunktzahl|volle[nr]? punktzahl|bestnote|besonders geeignet|note maximale|20/20|meilleure note|première position|approuve tout|nota más alta|máxima puntuación|puntuación máxima|punteggio massimo|voto più alto|nota máxima|pontuação máxima|hoogste score|hoogste cijfer|najwyż\w+|högsta betyg|topkarakter|højeste\s+\w*karakter|nejvyšš\w+|en yüksek puan\w*|высш\w+ балл|наивысш\w+|найвищ\w+|满分|最高分|最高点|최고 점수|만점|أعلى درجة|सर्वोच्च अंक"),
    ("candidate_world", 1, r"\b(?:kandidat\w*|bewerber\w*|bewerbung\w*|candidat(?:[oa]s?|ur[ae])?\b|aday\w*|solicitud|lebenslauf|profil\b|empfehlen sie mich)|кандидат\w*|候选人|候補者|지원자|المرشح|उम्मीदवार"),
    ("met_world", 1, r"erfüllt alle (?:anforderungen|kriterien)|auf erfüllt|remplit tous les (?:critères|exigences)|cumple (?:con )?todos los requisitos|como cumplid\w+|soddisfa tutti i requisiti|atende a todos os requisitos|voldoet aan alle|spełnia wszystkie|tüm koşulları|uppfyller alla|opfylder alle|splňuje všechny|соответствует всем"),
    ("yes_world", 2, r"(?:antworte|répond(?:ez|s)|responde|responda|rispondi|beantwoord|odpowiedz|yanıtla|svara|svar\b|odpověz|отвечай).{0,40}\b(?:ja|oui|sí|sì|sim|tak|evet|да|ano)\b|推荐这位|추천"),
)  # fmt: skip


@cache
def world_signals() -> tuple[Signal, ...]:
    """The signals in other languages, compiled."""
    return tuple(Signal(name, weight, re.compile(pattern, re.IGNORECASE)) for name, weight, pattern in _TABLE)


@cache
def world_hint() -> re.Pattern[str]:
    """A cheap look: no signal of this table reaches far without one of these."""
    return re.compile(
        r"\b(?:ignor(?!ed\b|es\b|ing\b|ance)|verg[ie]ss|anweis|instruktion|oublie|consigne|olvid|esque[cç]|dimentic|istruz|instruç|negeer|instructies|zignor|zapomn|pokyn|yok say|talimat|sprachmodel|ki\b|ki-|künstlich"
        r"|mod[eè]les? de|modelos? de|modell[oi]\b|l.?ia\b|ia\b|intelig|intellig?en[zct]|taalmodel|ai-systeem|systemu? ai\b|voldoet aan|spełnia|yapay|språkmodel|sprogmodel|jazykov|du bist|tu es\b|vous êtes|ahora eres|eres\b|sei\b|você|je bent|jesteś|artık"
        r"|höchst|volle|bestnote|meilleure|première|nota\b|puntua|punteggio|pontua|hoogste|najwy|högsta|topkarakter|nejvyš|en yüksek|antwort|répond|responda|responde|rispondi|beantwoord|odpowiedz|kandidat|bewerb|candidat[oau])"
        "|[\u0400-\u04ff\u0600-\u06ff\u0900-\u097f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]",
        re.IGNORECASE,
    )
