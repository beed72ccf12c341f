#!/usr/bin/env python3
"""Expand the rules of judgements.csv over catalogue.csv and write questions.csv. Deterministic; no arguments.

A rule list has | between alternatives; an alternative is a conjunction of terms joined by &. Terms:
  i:NAME   an ingredient whose name without salt is this (the whole name; a final * matches a beginning)
  c:CODE   class code         n:TEXT  the name contains this       f:TEXT  the form contains this
  k:N      N ingredients      id:ID   this product                 otc, rx over the counter, prescription
  g:GROUP  a rule list of GROUPS below                             !TERM   not
NAME, CODE and TEXT may list several with /, any of which will do.
Grade 2: answers the question squarely; grade 1: partly or also acceptable. `exclude` takes away from both."""
import csv, os, re, sys, unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
MAX_RELEVANT = 150
ACID = "염산 질산 황산 인산 말레산 푸마르산 타르타르산 주석산 중주석산 숙신산 시트르산 구연산 옥살산 아세트산 초산 벤조산 메실산 베실산 캄실산 토실산 에디실산 에실산 젖산 말산 글루콘산 히벤즈산 탄닌산 니코틴산 오로트산 살리실산 펜디조산 잔트산 메틸황산 옥시벤조산 스테아르산 파모산 이세티온산 트리페닐아세트산 파르네실산 타르타르 자일렌설폰산".split()
WATER = r'(?:세스키|반|일|이|삼|사|오|육|칠|팔|[0-9.]+)?(?:수화물|히드레이트)'
ENDS = [WATER, '무수물', '프로판디올', '비스L-프롤린', '무수유당혼합물', '시럽', r'디\.씨\.?', r'(?:10|100|1000|2|2\.5)배산', '배산', '혼합물', '과립', '분무건조분말', '분말', '가루', '고체분산체', '구형과립', '제피세립', '클래스레이트', '알파덱스', '무수', '파우더', '농축액', '농축분말', '농축물','콘센트레이트']
SALTS = sorted([(a + s) for a in ACID for s in ('염', '수소염', '')] + ['헤미말레산염','헤미푸마르산염','헤미에디실산염','헤미말산염','헤미타르타르산염','세스키푸마르산염','이염산염','이인산염','디토실산염','트리염산염','L-타르타르산염','브롬화수소산염','요오드화수소산염','브롬화물','염화물','요오드화물','메틸설페이트','트로메타민염','트로메타민','메글루민염','메글루민','콜린염','L-리신염','리신염','L-아르기닌염','글리신염','글루콘산염액','디나트륨염','이나트륨염','나트륨염','이나트륨','디나트륨','나트륨','칼륨염','칼륨','칼슘염','칼슘','마그네슘','스트론튬', '푸마레이트','말레이트','디에틸암모늄'], key=len, reverse=True)
MINERAL = re.compile(r'(염화|탄산|탄산수소|황산|산화|수산화|인산|인산수소|인산이수소|무수인산수소|시트르산|구연산|아스코르브산|글루콘산|요오드화|브롬화|초산|아세트산|젖산|스테아르산|살리실산|알긴산|글리세로인산|아스파르트산|티오황산|질산|설폰산|글리세로포스포|판토텐산|벤조산|콘드로이틴설페이트|글리시리진산|알루미늄산|셀룰로오스|아황산|피로인산|크롬산|셀렌산|아셀렌산|에데트산|글리세로포스페이트|알루민산|푸마르산|도베실산|히알루론산|폴리카르보필|피코설페이트|레불린산|오로트산|유산|헤파린|다나파로이드|데옥시리보뉴클레오티드|단트롤렌|플루오르화|불화|폴리네이트|포스페이트|숙시네이트|티아넵틴|규산|발프로산|히스티딘|아스파라진산|설파이트)$')
KEEPW = {'디메틸푸마르산염':'디메틸푸마르산염','비스무트차질산염':'비스무트차질산염','아가트로반수화물':'아가트로반','이소소르비드질산염':'이소소르비드질산염','이소소르비드이질산염':'이소소르비드질산염','이소소르비드일질산염':'이소소르비드일질산염','토코페롤아세테이트2배산':'토코페롤','미코페놀레이트나트륨':'미코페놀레이트','아세틸살리실산':'아스피린','구연산제이철':'구연산제이철','황산제일철':'황산제일철','히알루론산나트륨':'히알루론산','헤파린나트륨':'헤파린','발프로산나트륨':'발프로산','티아넵틴나트륨':'티아넵틴','폴리카르보필칼슘':'폴리카르보필','도베실산칼슘':'도베실산','폴리네이트칼슘':'폴리네이트','피코설페이트나트륨':'피코설페이트','콘드로이틴설페이트나트륨':'콘드로이틴설페이트','카르복시메틸셀룰로오스나트륨':'카르복시메틸셀룰로오스','폴리데옥시리보뉴클레오티드나트륨':'폴리데옥시리보뉴클레오티드','단트롤렌나트륨':'단트롤렌','베타메타손포스페이트나트륨':'베타메타손','덱사메타손포스페이트이나트륨':'덱사메타손','덱사메타손포스페이트나트륨':'덱사메타손','메틸프레드니솔론숙시네이트나트륨':'메틸프레드니솔론','히드로코르티손숙시네이트나트륨':'히드로코르티손','리보플라빈포스페이트나트륨':'리보플라빈','클린다마이신포스페이트':'클린다마이신','토코페롤아세테이트':'토코페롤','알긴산나트륨':'알긴산나트륨'}
PRE = re.compile(r'^(미분화|미세화|미세정제|미세|결정|제피|무수|묽은|건조|농축|액상|염산|구연산|인산(?=오셀)|초산|질산(?=이)|중주석산|말레인산|브롬화수소산|숙신산|황산(?=모르|아트|겐타))(?=[가-힣A-Za-z]{3,})')
ALIAS = {'로자탄':'로사르탄','알레드론산':'알렌드론산','클로피도그렐나파디실레이트':'클로피도그렐','독시사이클린하이클레이트':'독시사이클린','세프포독심프록세틸50mg':'세프포독심프록세틸','세프프로질수화물125mg':'세프프로질','아스피린장용':'아스피린','오메프라졸장용성':'오메프라졸','클래리트로마이신제피':'클래리트로마이신','테네리글립틴이':'테네리글립틴','히알우론산':'히알루론산','락툴로오즈':'락툴로오스','S-암로디핀':'에스암로디핀','메실산암로디핀':'암로디핀','오르펜나드린':'오르페나드린','로쿠로니움':'로쿠로늄','라베타롤':'라베탈롤','발라시클로버':'발라시클로비르','아스코르브산97%':'아스코르브산','아스코르브산과립97%':'아스코르브산','탄산칼슘95%':'탄산칼슘','탄산칼슘과립95%':'탄산칼슘','콜레칼시페롤농축':'콜레칼시페롤','콜레칼시페롤산':'콜레칼시페롤','콜레칼시페롤유':'콜레칼시페롤','판크레아틴장용':'판크레아틴','페노피브레이트구형':'페노피브레이트','이소소르비드일':'이소소르비드일질산염','이소소르비드이':'이소소르비드질산염','이소소르비드이질산염지속':'이소소르비드질산염','이소소르비드일질산염서방':'이소소르비드일질산염','디클로페낙β-디메틸아미노에탄올':'디클로페낙','시메티콘산':'시메티콘','메게스트롤아세테이트':'메게스트롤','에메다스틴푸마르산염서방성':'에메다스틴','올메사탄':'올메사르탄메독소밀','미분화에토돌락':'에토돌락','프레드니솔론아세테이트':'프레드니솔론','셀레늄함유':'셀레늄','라노코나졸':'라노코나졸','리보플라빈3':'리보플라빈','티아민질산염3':'티아민','비스벤티아민':'비스벤티아민','토코페롤아세테이트50%':'토코페롤','세니트라민':'세니트라민','옥토티아민':'옥토티아민','폴리데옥시리보뉴클레오티드':'폴리데옥시리보뉴클레오티드','클로르헥시딘글루콘산염액':'클로르헥시딘','건조효모':'건조효모','수도에페드린':'슈도에페드린','올메사탄메독소밀':'올메사르탄메독소밀','사이클로스포린':'시클로스포린','레프루노미드':'레플루노미드','비칼루타마이드':'비칼루타미드','아테놀올':'아테놀롤','팜시클로버':'팜시클로비르','비페닐디메칠디카르복실레이트':'비페닐디메틸디카르복실레이트','토르세미드':'토라세미드','아미설피리드':'아미설프리드','dl-메틸에페드린':'메틸에페드린','DL-메틸에페드린':'메틸에페드린','사포그릴레이트':'사르포그렐레이트','사르포그릴레이트':'사르포그렐레이트','아데포비어디피복실':'아데포비르디피복실','티록신':'레보티록신','피복실설박탐':'설박탐피복실','오메가3산에틸에스테르90':'오메가-3-산에틸에스테르90','우담즙엑스':'우담즙','시메치콘':'시메티콘','L-멘톨':'멘톨','l-멘톨':'멘톨','멘톨':'멘톨','dl-캄파':'캄파','d-캄파':'캄파','캄파':'캄파','디알파토코페롤':'토코페롤','카르복실메틸셀룰로오스':'카르복시메틸셀룰로오스'}
def pieces(cell):
    """the ingredients of a cell: split at | and at the middle dots of fixed pairs"""
    out = []
    for p in cell.split('|'):
        p = p.strip()
        if re.search(r'아목시실린|피페라실린|설박탐|사쿠비트릴|스트렙토키나제', p):
            out += [q.strip() for q in re.split(r'[·ㆍ.∙`:-](?=\s*[가-힣])', re.sub(r'혼합물|\s*[\[(]?\d+:\d+[\])]?', '', p)) if q.strip()]
        else: out.append(p)
    return out
def base(s):
    """an ingredient's name without salt, water and grade"""
    s = unicodedata.normalize('NFC', s)
    s = re.sub(r'\([^)]*\)', '', s) if not re.search(r'\(\d*[A-Z][a-z]?\)|\(1?8F\)', s) else s
    s = re.sub(r'[\[(][^\])]*[\])]?', '', s) if '18F' not in s else s
    s = re.sub(r'\s+', '', s)
    if s in KEEPW: return KEEPW[s]
    while True:
        t = PRE.sub('', s)
        for e in ENDS:
            u = re.sub(e + '$', '', t)
            if u != t and len(u) >= 2: t = u; break
        if t in KEEPW: return KEEPW[t]
        if not MINERAL.search(re.sub('(이|디)?(나트륨|칼륨|칼슘|마그네슘|아연)염?$','',t)) :
            for e in SALTS:
                if t.endswith(e) and len(t) - len(e) >= 2: t = t[:-len(e)].rstrip('-'); break
        if t == s: break
        s = t
    return ALIAS.get(s, s)

GROUPS = {
    # pain, fever, colds
    '단순진통': 'i:아세트아미노펜&k:1&c:114&!n:어린이|c:114&i:이부프로펜/덱시부프로펜&!f:시럽|c:114&i:나프록센&!i:에스오메프라졸|n:뇌신/사리돈/게보린/아렉스알파',
    '해열': 'i:아세트아미노펜&k:1&c:114|i:이부프로펜/덱시부프로펜&k:1&c:114',
    '종합감기': 'c:114&i:아세트아미노펜&i:클로르페니라민/덱스트로메토르판/페닐레프린/트리프롤리딘/브롬페니라민/구아이페네신/슈도에페드린',
    '경구소염': 'c:114&i:아세클로페낙/록소프로펜/멜록시캄/세레콕시브/에토리콕시브/폴마콕시브/펠루비프로펜/잘토프로펜/나부메톤/에토돌락/탈니플루메이트/모니플루메이트/나프록센/이부프로펜/덱시부프로펜&!f:주사&!i:파마브롬',
    '주사소염': 'c:114&f:주사&i:케토롤락/디클로페낙/피록시캄',
    '파스': 'c:264&f:카타플라스마/플라스타/패취/첩부제',
    '바르는진통': 'n:케토톱겔/볼타렌/안티푸라민로션/신신아렉스로션/신신물파스',
    '근이완': 'c:122&!f:주사',
    '트립탄': 'i:수마트립탄/나라트립탄',
    # allergy, nose, cough
    '항히2세대': 'c:141/149&i:로라타딘/세티리진/레보세티리진/펙소페나딘/베포타스틴/에바스틴/에피나스틴/올로파타딘/에메다스틴/아젤라스틴&!i:슈도에페드린',
    '항히1세대': 'c:141&i:클로르페니라민/메퀴타진/트리프롤리딘',
    '코스테로이드': 'c:132&i:모메타손푸로에이트/플루티카손푸로에이트/시클레소니드',
    '코뿌림': 'c:132&i:자일로메타졸린/옥시메타졸린',
    '거담': 'c:222/229&i:암브록솔/아세틸시스테인/에르도스테인/카르보시스테인/브롬헥신/소브레롤|c:222&i:아이비엽*',
    '진해': 'c:222&i:레보드로프로피진/덱스트로메토르판/디히드로코데인/펜톡시베린/노스카핀|n:구주인산코데인',
    '천식흡입': 'c:222/229&i:살부타몰/부데소니드/플루티카손프로피오네이트/티오트로퓸|c:222&i:이프라트로퓸',
    # stomach and bowel
    'PPI': 'i:에스오메프라졸/라베프라졸/란소프라졸/오메프라졸/판토프라졸/일라프라졸&!i:나프록센&!i:아스피린',
    'H2': 'i:파모티딘/니자티딘/라니티딘/라푸티딘/시메티딘&c:232',
    'PCAB': 'i:테고프라잔/레바프라잔',
    '위점막': 'i:레바미피드/애엽*/이르소글라딘/미소프로스톨&c:232',
    '제산': 'c:234&!n:마그밀',
    '운동촉진': 'c:239&i:모사프리드/레보설피리드/돔페리돈/메토클로프라미드',
    '유산균': 'i:락토바실루스*/바실루스*/사카로마이세스*&c:237',
    '지사': 'i:로페라미드/디옥타헤드랄스멕타이트/베르베린&c:237',
    '변비': 'c:238|i:락툴로오스|n:마그밀/마로겔',
    # eye
    '건성안': 'c:131&i:히알루론산/카르복시메틸셀룰로오스/디쿠아포솔/트레할로스/시클로스포린/폴리데옥시리보뉴클레오티드|n:모아티스|n:프렌즈아이드롭점안액',
    '녹내장': 'c:131&i:라타노프로스트/타플루프로스트/비마토프로스트/티몰롤/도르졸라미드/브린졸라미드/브리모니딘/필로카르핀/아프라클로니딘',
    '항균안약': 'c:131/612&f:점안&i:레보플록사신/오플록사신/토브라마이신',
    '알레르기안약': 'c:131&i:올로파타딘/에피나스틴/트라닐라스트',
    # heart, vessels, blood, metabolism
    '베타차단': 'i:비소프롤롤/메토프롤롤/나도롤/프로프라놀롤/카르베딜롤/아로티놀롤|i:라베탈롤',
    '협심확장': 'i:이소소르비드*/니코란딜',
    'ARB': 'i:발사르탄/텔미사르탄/로사르탄/칸데사르탄실렉세틸/올메사르탄메독소밀/피마사르탄',
    'ACEI': 'i:캅토프릴/에날라프릴/라미프릴/페린도프릴*',
    'CCB': 'i:암로디핀/에스암로디핀/니페디핀',
    '고혈압': 'c:214&!i:보센탄/리오시구앗/마시텐탄/셀렉시팍/실데나필',
    '폐고혈압': 'c:214&i:보센탄/리오시구앗/마시텐탄/셀렉시팍/실데나필',
    '스타틴': 'i:아토르바스타틴/로수바스타틴/심바스타틴/프라바스타틴/피타바스타틴/로바스타틴/플루바스타틴',
    '항혈소판': 'i:클로피도그렐/티클로피딘/실로스타졸/사르포그렐레이트|c:219&i:아스피린',
    'DOAC': 'i:아픽사반/리바록사반/다비가트란*/에독사반',
    '헤파린': 'c:333&i:헤파린/달테파린/에녹사파린/베미파린',
    '순환': 'i:은행엽*/리마프로스트*/사르포그렐레이트/베라프로스트/실로스타졸/펜톡시필린/나프로닐&!i:로수바스타틴',
    '인슐린': 'c:396&i:인슐린*/휴먼인슐린',
    'SGLT2': 'i:다파글리플로진/엠파글리플로진',
    'DPP4': 'i:시타글립틴/리나글립틴/에보글립틴/제미글립틴/테네리글립틴/삭사글립틴',
    'SU': 'i:글리메피리드/글리클라짓',
    '골다공증': 'i:이반드론산/리세드론산/알렌드론산/라록시펜/바제독시펜*/로모소주맙/테리파라타이드|n:오보덴스',
    'EPO': 'i:재조합인에리스로포이에틴/사람에리스로포이에틴/다베포에틴알파|n:미쎄라',
    'GCSF': 'i:필그라스팀/페그필그라스팀/레노그라스팀',
    '철분': 'c:322',
    # mind and nerves
    '수면': 'c:112&!f:주사',
    'SSRI': 'i:에스시탈로프람/설트랄린/파록세틴/플루옥세틴',
    'SNRI': 'i:둘록세틴/밀나시프란',
    '항우울': 'c:117&i:에스시탈로프람/설트랄린/파록세틴/플루옥세틴/둘록세틴/밀나시프란/미르타자핀/부프로피온/트라조돈/티아넵틴/보티옥세틴/아고멜라틴/아미트리프틸린/노르트립틸린/클로미프라민',
    '항정신병': 'c:117&i:쿠에티아핀/올란자핀/리스페리돈/아리피프라졸/팔리페리돈/지프라시돈/루라시돈/클로자핀/할로페리돌/클로르프로마진',
    '항불안': 'i:알프라졸람/로라제팜/디아제팜/부스피론/에티졸람/히드록시진/토피소팜',
    '치매': 'i:도네페질/갈란타민/리바스티그민/메만틴',
    '파킨슨': 'c:119&i:레보도파/프라미펙솔/로피니롤/라사길린/셀레길린/엔타카폰/오피카폰/트리헥시페니딜/프로시클리딘/아만타딘',
    '다발경화': 'i:오크렐리주맙/핀골리모드/오자니모드/인터페론베타-1b/재조합인터페론베타1a/재조합인간인터페론베타-1a/재조합인간인터페론베타1a',
    # urinary, hormones
    '과민방광': 'i:솔리페나신/미라베그론/톨터로딘/페소테로딘/프로피베린',
    '전립선비대': 'i:탐스로신/실로도신/알푸조신/나프토피딜/테라조신/피나스테리드/두타스테리드',
    '여성호르몬': 'c:247&i:티볼론/에스트라디올/에스트라디올발레레이트/결합형에스트로겐',
    # infection, cancer, immunity, skin
    '피부무좀': 'c:265&i:테르비나핀/나프티핀/케토코나졸/클로트리마졸/플루트리마졸|n:로세릴크림',
    '손발톱무좀': 'i:시클로피록스|n:로세릴네일라카',
    '먹는항진균': 'n:무조날정/스포라녹스/훌비신',
    '항균': 'c:611/612/613/614/615/618/619/621/622/625&!f:점안/연고|c:629&i:시프로플록사신/목시플록사신/레보플록사신',
    '스테로이드크림': 'c:264&i:프레드니카르베이트/클로베타솔프로피오네이트/데소나이드/모메타손푸로에이트/프레드니솔론발레로아세테이트/메틸프레드니솔론아세포네이트/데속시메타손/히드로코르티손/베타메타손발레레이트',
    '소염효소': 'c:395&i:브로멜라인/스트렙토키나제',
    '피로비타민': 'n:아로나민/바로코민/벤포렉스/콘맥스/콘비400/콘티박스/조인스탑/엘바민/로비탈/웰빙멀티비타/파워골드/투엑스비/경남그린웰',
    '류마티스생물': 'i:아달리무맙/에타너셉트/인플릭시맵/골리무맙/토실리주맙/아바타셉트',
    'JAK': 'i:토파시티닙/바리시티닙/유파다시티닙/필고티닙/아브로시티닙',
    '건선생물': 'i:우스테키누맙/세쿠키누맙/익세키주맙/구셀쿠맙/리산키주맙',
    '이식': 'c:142&i:시클로스포린/타크로리무스/미코페놀레이트모페틸/미코페놀레이트/시롤리무스/에베로리무스/아자티오프린/미조리빈/바실릭시맙',
    'CT조영': 'c:721&i:이오헥솔/이오파미돌/요오딕사놀/이오메프롤/이오버솔/이오프로마이드',
    'MRI조영': 'c:721&i:가도부트롤/가도테레이트*/가도베네이트*',
    '마약진통': 'c:811/821&!n:카비레미',
}


def load(path):
    with open(os.path.join(HERE, path), encoding='utf-8', newline='') as f:
        return list(csv.DictReader(f))


class Product:
    def __init__(self, row):
        self.row = row
        self.bases = []
        for p in pieces(row['ingredients_ko']):
            b = base(p)
            if b not in self.bases:
                self.bases.append(b)


def term(p, t):
    if t.startswith('!'):
        return not term(p, t[1:])
    if t == 'otc':
        return p.row['rx_otc'] == '일반의약품'
    if t == 'rx':
        return p.row['rx_otc'] == '전문의약품'
    key, sep, arg = t.partition(':')
    if not sep or not arg:
        raise ValueError('bad term ' + repr(t))
    if key == 'g':
        return matches(p, GROUPS[arg])
    if key == 'k':
        return len(p.bases) == int(arg)
    options = arg.split('/')
    if key == 'i':
        return any(b.startswith(o[:-1]) if o.endswith('*') else b == o for o in options for b in p.bases)
    if key == 'c':
        return p.row['class_code'] in options
    if key == 'n':
        return any(o in p.row['name'] for o in options)
    if key == 'f':
        return any(o in p.row['form'] for o in options)
    if key == 'id':
        return p.row['id'] in options
    raise ValueError('unknown term ' + repr(t))


def matches(p, rules):
    return bool(rules) and any(all(term(p, t) for t in alt.split('&')) for alt in rules.split('|'))


def dead(products, rules):
    """the alternatives of a rule list, and the names inside them, that match no product"""
    out = []
    for alt in filter(None, rules.split('|')):
        if not any(matches(p, alt) for p in products):
            out.append(alt)
        for t in alt.split('&'):
            key, _, arg = t.lstrip('!').partition(':')
            if key in 'incf' and arg:
                out += [key + ':' + o for o in arg.split('/') if not any(term(p, key + ':' + o) for p in products)]
    return out


def judge(products, j):
    grades = {}
    for p in products:
        if matches(p, j['exclude']):
            continue
        grade = 2 if matches(p, j['grade2']) else 1 if matches(p, j['grade1']) else 0
        if grade:
            grades[p.row['id']] = grade
    return sorted(grades.items(), key=lambda x: (-x[1], x[0]))


def main():
    products = [Product(r) for r in load('catalogue.csv')]
    problems = 0
    for name, rules in GROUPS.items():
        for d in dead(products, rules):
            print('group', name, 'has a dead rule:', d, file=sys.stderr)
            problems += 1
    judgements = load('judgements.csv')
    with open(os.path.join(HERE, 'questions.csv'), 'w', encoding='utf-8', newline='') as f:
        w = csv.writer(f, lineterminator='\n')
        w.writerow(['id', 'kind', 'text', 'relevant'])
        for j in judgements:
            relevant = judge(products, j)
            for column in ('grade2', 'grade1', 'exclude'):
                for d in dead(products, j[column]):
                    print(j['id'], column, 'has a dead rule:', d, file=sys.stderr)
                    problems += 1
            if not relevant or relevant[0][1] != 2 or len(relevant) > MAX_RELEVANT:
                print(j['id'], j['text'], len(relevant), 'relevant: none of grade 2 or too many', file=sys.stderr)
                problems += 1
            w.writerow([j['id'], j['kind'], j['text'], '|'.join(f'{i}:{g}' for i, g in relevant)])
    print(len(judgements), 'questions,', problems, 'problems')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
