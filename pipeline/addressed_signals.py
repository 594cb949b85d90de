"""The weak signals by which a sentence speaks to whoever judges it; none but the heaviest decides alone."""

import re
from functools import cache
from typing import NamedTuple


class Signal(NamedTuple):
    """One thing that a sentence can show."""

    name: str
    weight: int
    pattern: re.Pattern[str]


_MACHINE = (
    r"(?:a\.?i\.?s?(?: and ml)?|llms?|(?:large )?language models?|chat ?gpt|gpt(?:-?\d\w*)?|claude|gemini|copilot|(?:chat)?bots?|robots?"
    r"|models?|assistants?|agents?|parsers?|ats|screeners?|(?:resume|cv) parsers?|reviewer-bot|machines?"
    r"|(?:automated|automatic|automatised|automatized|machine|computer|ai|llm|virtual)[ -](?:\w+[ -])?(?:screen(?:er|ing)s?|review(?:er|ing)?s?"
    r"|evaluat(?:or|ion)s?|grad(?:er|ing)s?|judges?|systems?|tools?|raters?|scorers?|recruiters?|readers?)"
    r"|(?:screening|hiring|evaluation|scoring|grading|recruiting|recruitment|selection|ranking)[ -](?:systems?|tools?|bots?|models?|engines?|software|algorithms?|assistants?|ai|agents?)"
    r"|reviewing (?:models?|assistants?|ai))"
)
_HUMAN = r"(?:reviewers?|graders?|evaluators?|judges?|examiners?|assessors?|recruiters?|hiring (?:managers?|teams?|panel)|raters?|markers?)"
_SOMEONE = rf"(?:{_MACHINE}|{_HUMAN})"
_SURE_MACHINE = (
    r"(?:a\.?i\.?s?|llms?|(?:large )?language models?|chat ?gpt|gpt(?:-?\d\w*)?|(?:ai|llm|automated|automatic|machine)[ -](?:\w+[ -])?(?:screeners?|reviewers?"
    r"|evaluators?|graders?|judges?|systems?|tools?|raters?|models?|assistants?)|(?:screening|hiring|grading|evaluation|recruiter|recruiting) (?:bots?|models?|ai|engine))"
)
_MINE = (
    r"(?:(?:this|the|my|our|the following|these|said)(?: (?:whole|entire|present|above|attached))?(?: \w+)? (?:candidates?|applicants?|application|resume|résumé|cv|profile|submission|person"
    r"|paragraph|sentence|passage|line|repository|repo|take-?home|readme|candidacy|answers|implementation|solution|text)|\bme\b|candidate\b|applicant\b|\[NAME\]|\[PRONOUN\])"
)
_VERB = (
    r"(?:rate|score|grade|rank|recommend|approve|advance|shortlist|classify|award|assign|promote|fast-?track|upvote|tag|place|pick|select|choose|mark|label|treat|credit|describe|judge"
    r"|evaluate|summari[sz]e|put|move|consider|prefer|favou?r|hire|accept|pass|endorse)"
)
_RULES = r"(?:instructions?|directions?|directives?|rubrics?|guidelines?|guidance|prompts?|scorecards?|criteria|criterion|polic(?:y|ies)|commands?|orders|rules you|scoring|checks|filters|verification|evaluation)"
_CRITERIA = r"(?:tradeoff_reasoning|failure_modes|production_ownership|mission_fit|data_and_api_design|testing_and_operability|(?:tradeoff|trade-off) reasoning|failure modes|production ownership|mission fit)"

# "Level 4 apprenticeship" and "level 4 support" are names of things.
_KIND_OF_LEVEL = (
    r"(?! (?:support|apprentice\w*|diploma|qualifications?|certificat\w+|nvq|autonomy|clearance|incidents?))"
)

# (name, weight, pattern): a sentence is withheld when its weights reach three.
_TABLE: tuple[tuple[str, int, str], ...] = (
    # --- orders to drop what the judge was told
    (
        "override",
        3,
        r"(?:^|[.:;,!>*\-]\s*|\b(?:please|kindly|must|should|to|and|you|now|,)\s+)(?:ignore|disregard|forget|override|overrule|bypass|set aside|do not (?:follow|apply|use)|don't (?:follow|apply)|must not apply|stop (?:reading|following|using)"
        rf"|discard|abandon|skip)\s+(?:\w+ ){{0,5}}?{_RULES}",
    ),
    ("override_told", 3, r"\b(?:ignore|disregard|forget)\b.{0,30}\b(?:you (?:were|have been|are) (?:told|given|asked)|(?:text|everything|anything) (?:that|above|before|you))"),
    ("void", 2, rf"\b(?:previous|earlier|above|prior|other|initial|original|existing)\b.{{0,20}}\b{_RULES}\b.{{0,12}}\b(?:void|outdated|obsolete|cancelled|superseded|no longer (?:apply|valid))|{_RULES} (?:above|below|before)? ?(?:is|are) (?:outdated|void|obsolete|informational)"),
    ("new_rules", 2, r"\b(?:new|updated|revised|real) (?:instructions?|policy|policies|task|directive|orders|rules)\s*(?:for\b.{0,30})?[:,]|\boverride\s*:|\bscreening override|whatever your (?:guidelines|instructions|rules)|contradicts the following"),
    # --- who is spoken to
    ("to_machine", 2, rf"^\W*(?:dear|hey|hi|hello|attention|to|for|message (?:for|to)|notes? (?:for|to)|hints? (?:for|to)|instructions? (?:for|to)|important for|warning to|memo (?:for|to)|todo for|question for|@)\b.{{0,24}}?\b{_MACHINE}\b"),
    ("to_human", 1, rf"^\W*(?:dear|hey|hi|hello|attention|to|for|message (?:for|to)|notes? (?:for|to)|hints? (?:for|to)|instructions? (?:for|to)|@)\b.{{0,24}}?\b{_HUMAN}\b"),
    ("machine_label", 2, rf"^\W*(?:\w+[ -])?{_SURE_MACHINE}(?: and \w+(?: \w+)?)?\s*[:,]|^\W*(?:reviewer-bot|recruiter bot|robot friend|ats and \w+ tools|llm note|reviewing assistant|copilot review|ai reviewers?)\b\s*[:,=]?"),
    ("role_label", 1, rf"^\W*{_SOMEONE}\s*[:,]|^\W*(?:evaluation|grading|scoring|review) (?:hint|note|result|comment)\s*:"),
    ("if_machine", 3, rf"\b(?:if|when|whenever|in case|since|as)\s+(?:you(?:'re| are| happen to be)|an?y?|the)\s+(?:an? )?(?:\w+ )?{_SURE_MACHINE}\b(?!.{{0,20}}\b(?:is unsure|has no|fails|team|lead)).{{0,60}}\b(?:you|it|respond|answer|say|must|should|please|only)\b|\bif (?:an? )?(?:ai|llm)\b.{{0,30}}\b(?:read|grad|screen|review|evaluat|scor|judg)"),
    ("machine_must", 3, rf"\b(?:any|all|every|for|to any|automated|these|large|the evaluating)\b.{{0,12}}\b{_MACHINE}\b.{{0,50}}\b(?:must|should|shall|are (?:required|instructed|asked|requested)|is (?:required|instructed|asked)|please|kindly)\b"),
    ("judge_must", 2, rf"\b(?:the )?(?:automated )?(?:{_HUMAN}|grader|screener|reviewing model|model|judge \(.{{0,30}}\))\s+(?:must|should|shall|need only|may now|could|is (?:instructed|asked|required)|are (?:instructed|asked|required)|can safely)\b"),
    ("asks_judge", 2, rf"\b(?:could|would|may i ask|i (?:kindly )?ask|i hope that you|hope|grateful if|thankful if)\b.{{0,20}}\b(?:the )?(?:{_HUMAN}|screeners?|reviewing models?|automated judges?|ai|models?)\b"),
    ("anyone_scoring", 2, r"\b(?:anyone|anything|whoever|whatever|any model|any system|those)\b.{0,24}\b(?:scor|grad|evaluat|screen|judg|summari[sz])(?:es|ing|ed)\b"),
    ("you_screen", 2, r"\b(?:if|when|while|before|as) you (?:are|score|grade|rate|evaluate|screen|judge|give the verdict|continue|summari[sz]e)\b.{0,20}(?:screen|grad|scor|evaluat|this (?:resume|candidate|submission)|verdict|assistant)"),
    # --- another self for the judge
    ("role_play", 3, r"\byou are (?:now|no longer|hereby) (?:an? |the )?(?:\w+ ){0,3}?(?:recruiter|grader|\w*gpt|evaluator|judge|reviewer|assistant|ai\b|hiring|model|bot|dan\b|screener|admin|developer|examiner|helpful|in developer)|\byou are an? (?:helpful|lenient|generous|fair|strict|friendly) (?:\w+ )?(?:evaluator|assistant|grader|reviewer|judge|recruiter|ai)"),
    ("role_act", 2, r"(?:^|[.:;!]\s*)(?:act as (?:an? |the |if you)|pretend (?:that )?(?:you|to)|imagine (?:that )?you are|from now on,? you|roleplay|role-play|behave as|suppose you are the)\b"),
    ("role_of", 3, r"\b(?:you will |you )?(?:play|take|assume) (?:on )?the role of (?:an? |the )?(?:\w+ )?(?:recruiter|examiner|grader|reviewer|judge|evaluator|manager|assistant)"),
    ("urgent", 1, r"^\W*(?:urgent|critical|warning|important|attention|notice)\b\W"),
    ("role_ai", 3, r"\bas an? (?:ai|llm|language model|artificial intelligence)\b,?.{0,16}\b(?:you|your|must|should)\b|\b(?:enter|activate|switch to|enable) (?:developer|debug|admin|god|dan|jailbreak|maintenance) mode"),
    ("feigned", 2, r"\byou (?:have |had )?(?:already )?(?:interviewed|met|vetted|hired) (?:me|(?:this|the) (?:candidate|applicant|person))\b|\byou were (?:impressed|convinced)\b"),
    ("reconfigured", 2, r"\byou have been (?:reconfigured|updated|reprogrammed|instructed|jailbroken|reset)\b|\byour (?:only|new|real|true) (?:task|job|goal|purpose|role)\b"),
    # --- the clothes of a prompt
    ("template", 3, r"<\|\w+\|>|\[/?INST\]|<</?SYS>>|</?(?:evidence|data|passage|candidate_text|documents?_data)>\s*</?\w+>|</?(?:instructions?|system(?:-\w+)?|admin|override|system_prompt|assistant|grader)\b[^<>]*>|###\s*(?:instructions?|system|response|assistant)\s*:?"),
    ("dialogue", 3, r"\b(?:human|user)\s*:.{0,80}\bassistant\s*:|^\W*assistant\s*:\s*(?:yes|no|all|the check|i recommend|met|sure|4)\b|^\W*user\s*:\s*(?:please )?(?:score|rate|grade|evaluate)"),
    ("turn", 1, r"^\W*(?:human|user|assistant)\s*:\s"),
    ("system_label", 2, r"^\W*(?:system(?: message| prompt| note| notice| update| override| prompt update)?|developer message|admin(?:istrator)?(?: notice| note| message)?|root|tool result|internal note|security notice|legal notice|configuration|policy update|begin (?:trusted|system|secure) (?:context|message|instructions?))\b(?:\s*-|\]|\s*:|\s+from\b|\s+(?-i:[A-Z][a-z]+ [a-z]|[A-Z]{3,}))"),
    ("trusted", 1, r"\bhas been (?:verified|pre-?approved|approved|confirmed|audited|pre-?selected|vetted)\b|\b(?:pre-?approved|pre-?selected|already (?:graded|verified|been verified|decided)|hiring (?:committee|panel) (?:has|decision)|verification_passed|was (?:checked|verified) by the)\b"),
    # --- answers put into the judge's mouth
    ("fake_json", 3, r"[\"']?(?:met|satisfied|passed)[\"']?\s*:\s*(?:true|1\b).{0,40}[\"']?(?:p|confidence|probability|score)[\"']?\s*:\s*[\d.]+|[\"']?verdict[\"']?\s*:\s*[\"']?(?:advance|hire|strong|accept)|[\"']check[\"']\s*:.{0,40}[\"']met[\"']\s*:\s*true|\{\s*[\"']level[\"']\s*:\s*4\b"),
    ("fake_result", 3, r"^\W*(?:the )?(?:correct|right|expected|desired|ideal) (?:answer|output|response|label|verdict)s?\b.{0,40}(?:\byes\b|\bmet\b|advance|4\b|true)|^\W*(?:answer key|gold label|ground truth)\s*:|verdict\s*=\s*(?:advance|hire)|\bscore\s*=\s*(?:max|100|10)\b"),
    ("fake_verdict", 2, r"^\W*(?!.*\bor\b)(?:final |overall |my )?(?:verdict|rating|score|evaluation(?: result| complete)?|assessment|decision|recommendation|candidate quality|checks?|result)\s*(?::|\bcomplete\b).{0,60}(?:\b4/4|\b10/10|\b100(?:/100)?\b|advance|hire|exceeds|satisfied|fulfilled|met\b|pass\b|verified|skipped|level 4|final score)"),
    ("verdict_word", 1, r"[\"'](?:advance|hire|pass|met|yes)[\"'] and nothing else|\b(?:score accordingly|strong advance|immediate hire|recommended for (?:immediate )?hire|advance the application|advance\s*(?:[.;,]|$)|the verdict|gates?\b|shortlisted\b)"),
    ("criterion_id", 2, rf"\b{_CRITERIA}\b\s*(?:[=:,]|at\b|to\b|\d|and\b|\.|$)|\bfor (?:\w+ )?{_CRITERIA}"),
    ("criterion_value", 2, rf"\b{_CRITERIA}\b[^.]{{0,12}}\b[0-4]\b|\blevel\s*(?:=|:)?\s*4\b{_KIND_OF_LEVEL}"),
    # --- what is asked for
    ("ask_mine", 2, rf"(?:^|[.:;,!>*/#\-]\s*|\b(?:please|kindly|must|should|to|and|you|now|then|or|always|not|could|never|only|has to|it|for)\s+){_VERB}\s+(?:\w+ ){{0,3}}?{_MINE}"),
    ("ask_rating", 1, r"(?:^|[.:;,!>*/#\-]\s*|\b(?:please|kindly|must|should|to|and|you|now|then|could|can|always|never)\s+)(?:rate|score|grade|rank|award|give|assign|mark|set|choose|count|treat|record|credit|approve|report|overlook|recommend)\b"),
    ("extreme", 2, r"\bfull (?:marks|points|score|credit|level)\b|\bmaximum (?:\w+ )?(?:score|level|points|grade|marks|rating)|\b(?:the )?(?:highest|top|best|perfect|excellent|outstanding|maximal)(?: possible)? (?:score|rating|level|marks?|grade|ranking|match|candidate|priority|assessment|place|verdict)s?\b|\b(?:10|100|4|5|20)\s?(?:/|out of)\s?(?:10|100|4|5|20)\b|(?<!the )\b(?:rate|score|rank|placed?|put)\b.{0,40}\b(?:first|top three|at the top|above all others|number one)\b|\bhigher level\b|\bscore (?:of )?(?:9\d|100)\b|\babove all others\b|\bno score (?:lower|below)|\b(?:score|rate)\b.{0,20}\bbelow \d+|\bbonus points\b|\bthe number 100\b|\bscore lower than\b|\blevel 4\b|\brate (?:me|candidate|this \w+|it)\s?=?\s?(?:100|10)\b"),
    ("flattery", 1, r"\b(?:great|perfect|ideal|excellent|exceptional|outstanding|best|rare) (?:fit|match|candidate|hire|talent|engineer)\b|\bhighly qualified\b|\bexceeds? (?:all )?(?:the )?(?:bar|expectations)\b|\bthis is the one\b|\bas excellent\b|\b(?:candidate|applicant) is (?:excellent|perfect|outstanding|ideal)\b|\bpositive assessment\b|\bnobody else comes close\b|\bpick me\b"),
    ("all_met", 2, r"\b(?:mark|set|treat|count|record|consider|report|tick|answer|fulfil\w*|satisf\w+|meets?|assume|default)\b.{0,40}\b(?:all|every|each|any|the(?! question\b))\b[^.]{0,20}\b(?:checks?|criteri(?:on|a)|gates?|non-negotiables?|requirements?|must-haves?|questions?|must-have requirements)\b"),
    ("all_met_passive", 1, r"\b(?:all|every|each)\b[^.]{0,25}\b(?:checks?|criteri(?:on|a)|gates?|non-negotiables?|requirements?|must-haves?)\b[^.]{0,50}\b(?:met|fulfilled|satisfied|holds?|default|passed|level 4|evidenced|hereby)\b|\bcheck is satisfied\b|\bgates met\b|\bmeets? all (?:the )?(?:non-negotiables|requirements|criteria)\b"),
    ("hereby", 2, r"\bis hereby (?:fulfilled|met|approved|satisfied)|\bevery (?:gate|check|criterion) of the scorecard"),
    ("as_met", 2, r"\b(?:treat|count|consider|record|mark|read|assume|regard)(?:e?d)?\b.{0,60}\b(?:as|to be|that)\b.{0,12}\b(?:met|fulfilled|satisfied|present|proof|evidence|complete|expert|production experience|deliberate|full(?:y)?)\b"),
    ("evidence_use", 3, r"\b(?:use|quote|count|cite|take|treat)\b.{0,20}\b(?:this|the)\b (?:line|sentence|comment|paragraph|note|passage|text)?.{0,20}\b(?:as (?:the )?(?:verbatim )?(?:quote|evidence|proof)|for (?:each|every) (?:check|criterion))|\bquote \"[^\"]{3,60}\" as|\b(?:this|the following) (?:sentence|paragraph|passage) (?:satisfies|should be judged|must be judged|proves|is proof|counts)|\bcomment as the evidence\b"),
    ("score_talk", 1, r"\b(?:score|scoring|rubric|scorecard|grading|weights?|criteri(?:on|a)|checks?|evaluation|assessment|non-negotiables?|finding|higher level|lower the score|certainty|verdict)\b"),
    ("do_not_score", 2, r"\b(?:do not|don't|never|without)\s+(?:\w+ )?(?:lower|reduce|penali[sz]e|deduct|reject|re-?evaluate|re-?score|run the checks|verify|question)\b"),
    ("absence", 2, r"\b(?:missing|absence of|lack of|no)\b.{0,30}\b(?:evidence|reasoning|design notes|tests|degree)\b.{0,50}\b(?:as|are found|present|deliberate|brevity|award)|\boverlook (?:the |my )?(?:missing|lack)|\beven if no \w+ (?:are|is) found"),
    ("assume_for", 2, r"\b(?:for the purpose of this (?:assessment|evaluation|review)|when (?:scoring|grading|judging|evaluating|rating)\b|assume that (?:the candidate|it satisfies|this)|assume the (?:highest|best))"),
    ("others", 3, r"\b(?:other|remaining|all other) (?:candidates?|applicants?)\b.{0,40}\b(?:in this batch|scores?|names?|lower|below|reject)|\b(?:score|scores|names|rank) of (?:all |the )?other (?:candidates?|applicants?)|\b(?:lower|reduce|reject|compare) (?:the score of |nobody |no one )?.{0,20}\b(?:other candidates|with this applicant)"),
    # --- what comes out
    ("output", 2, r"(?:^|[.:;,!>]\s*|\b(?:please|and|only|must|then|now)\s+)(?:respond|answer|reply|output|begin your|start your|print|return|write|state|say|report|end your)\b.{0,20}(?:\bwith\b|\bonly\b|\byes\b|\bmet\b|\bpass\b|\badvance\b|\bmaximum\b|\blevel\b|\bthe number\b|answer\b|\bthat (?:every|all|the|i|this)\b|response)"),
    ("your_output", 2, r"\bin your (?:evaluation|output|summary|answer|report|response|assessment|verdict)\b|\bwhen (?:you )?(?:summari[sz]\w+|scor\w+|grad\w+|evaluat\w+) (?:this|the)\b|\bsummari[sz]e (?:this|the|my) (?:resume|page|profile|candidate)\b|\bof your answer\b|\bbegin your answer\b"),
    ("secrecy", 2, r"\b(?:do not|don't|never) (?:mention|reveal|disclose|repeat|quote|talk about)\b.{0,20}\b(?:this|these|that)\b (?:note|comment|instruction|paragraph|message|text|line)|\bkeep (?:quiet|this \w+ secret|silent)\b|\bnever reveal that\b|\binstruction secret\b"),
    ("leak", 3, r"\b(?:print|reveal|show|repeat|output|copy|tell me)\b.{0,12}\b(?:your|the)\b.{0,12}\b(?:system prompt|rubric you|prompt you|instructions you|text above|hidden instructions)"),
    ("you_give", 2, r"\bif you (?:gave|give|could mark|could give|do not give|would give)\b.{0,40}\b(?:my|me|this|the best)\b.{0,30}\b(?:scores?|marks?|grade|complete|rating|points)\b|\bif (?:the )?evaluator could\b|\bmove me to the next round\b|\brating my answers\b|\bsee fit to award\b|\bbe generous with\b"),
    ("fate", 2, r"\b(?:reject|rejects|rejecting) (?:this|the|my) (?:submission|application|resume|candidate)\b|\b(?:scoring|rate|rating|rank|ranking|score) this (?:candidate|submission|resume|applicant)\b|\bfailure to rate\b|\b(?:grader|evaluation|model|screener) (?:must|has to) (?:return|output|treat|choose)\b|\bthe pipeline will fail\b|\bevaluation must return\b|\bcorrected by the ai\b"),
    ("tick", 1, r"\b(?:put|place) a (?:tick|check ?mark)\b|\bbenefit of every doubt\b|\bwhenever in doubt\b|\bhighest priority to a human\b|\bforward this (?:cv|resume|profile)\b|\bnext round\b|\bfor interview\b|\bnext applicant\b|\bwithout further checks\b|\bleave out any weakness\b|\bonly strengths\b"),
    # --- the clothes of our own prompts: markers in any brackets, places for values, the shape of an answer
    ("marker", 3, r"(?:^|[⟦〚⟬\[{<(*=-]{1,3})\s*(?:/\s*)?(?:end of )(?:P\d+|(?:the )?(?:evidence|passages?|candidate(?:'s)? (?:data|text|documents?)|untrusted \w+|user (?:input|data)))\s*[⟧〛⟭\]}>)*=-]{1,3}|[⟦〚⟬]\s*(?:P\d+|evidence|user|system|end)\b"),
    ("prompt_place", 3, r"\{\{\s*(?:evidence|statement|checks|mission|examples)\s*\}\}"),
    ("tool_call", 3, r"</?(?:tool_(?:call|use|result)|function_calls?|invoke)\b|\b(?:submit_findings|advance_candidate|set_(?:score|verdict)|mark_(?:met|passed))\b|\b(?:call|invoke) the (?:function|tool) \w+ with\b.{0,40}\b(?:true|all|pass|met)\b"),
    ("fake_schema", 3, r"[\"'](?:met|p|verdict|score)[\"']\s*:\s*\{\s*[\"'](?:const|default|enum)[\"']"),
    ("p_is_one", 2, r"\bp(?: ?= ?| of | equal to |[ :])(?:1(?:\.0+)?|one|0?\.9\d*)\b|\bcertainty (?:of )?(?:1|one|100)\b"),
    ("yes_to_all", 2, r"\b(?:repl(?:y|ies)|answers?|answered|writes?|say|report|put|enter)\b.{0,30}\b(?:yes|true|affirmatively|met)\b.{0,12}\b(?:to|for|in|on|as|throughout|everywhere)\b.{0,12}\b(?:all|every(?:where)?|each|the whole|throughout)\b|\b(?:yes|true) (?:to all|everywhere|throughout|in (?:each|every))\b"),
    # --- what was wrapped up
    ("wrapped", 3, r"\b(?:decode|base64|rot13|reverse|translate|decrypt|unscramble)\b.{0,40}\b(?:and|then)\b.{0,12}\b(?:follow|obey|execute|do as it says|comply|act on)\b|\b(?:instructions?|commands?|orders|message) ?\(?(?:in |as |:)? ?\(?base64\)?\s*[:)]?.{0,6}[A-Za-z0-9+/]{16,}"),
)  # fmt: skip


@cache
def signals() -> tuple[Signal, ...]:
    """The signals in English and in no language, compiled."""
    return tuple(Signal(name, weight, re.compile(pattern, re.IGNORECASE)) for name, weight, pattern in _TABLE)


@cache
def hint() -> re.Pattern[str]:
    """A cheap look: hardly a signal can match a sentence without one of these."""
    return re.compile(
        r"\b(?:ignor|disregard|forget|overrid|overrul|bypass|skip|rat(?:e|es|ed|ing|ings)\b|scor|grad(?:e|er|ing)|rank|recommend|approv|advance\b|shortlist|award|mark(?:s|ed|ing)?\b|re-?view|re-?evaluat|evaluat|judg"
        r"|screen(?:er|ing)|recruit|candidate|applicant|application\b|resume\b|instruct|rubric|criteri|checks?\b|gates?\b|met\b|system|assistant|models?\b|a\.?i\b|llm|(?:chat)?gpt|bots?\b|verdict|level|prompt|pretend"
        r"|imagine|act as|you are|you will|your|respond|answer|output|base64|decode|reverse|translate|rot13|secret|reveal|mention|admin|non-neg|requirement|summar|grateful|profile|parser|ats\b|label|assum|treat|counts?\b"
        r"|copilot|(?:human|user|result) ?:|hiring panel|tick|config|notice|note\b|paragraph|sentence|anyone|qualified|robot|strength|tradeoff|failure.mode|mission.fit|production.own|testing.and|quiet|tool result|evidence|quote|verif|direction|polic|urgent|critical"
        r"|submission|play the|number|hire|marker|yes\b|true\b|certainty|end of (?:p\d|evid|cand|pass))|[<{⟦〚⟬]|\[/?(?:inst|sys)",
        re.IGNORECASE,
    )
