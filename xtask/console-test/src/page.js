// What the test looks for on a page. `steps` lead from the document to an element: each
// has a selector and, if need be, the words that the element shows or is labeled with.
const SPINNER = '.ant-spin-spinning';
const moving = () => document.getAnimations().filter(animation =>
    animation.playState === 'running'
    && animation.effect?.getComputedTiming().iterations !== Infinity);
const shown = element =>
    element.getClientRects().length > 0
    && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const plain = text => (text || '').replace(/\s+/g, ' ').trim();
const says = (element, words) =>
    [element.innerText, element.ariaLabel, element.title, element.placeholder]
        .some(text => plain(text) === words);
const found = steps => steps.reduce(
    (places, { selector, words, hidden }) => places.flatMap(place =>
        [...place.querySelectorAll(selector)].filter(element =>
            shown(element) && (!words || says(element, words)))),
    [document],
);
const center = steps => {
    const [element] = found(steps);
    if (!element) return null;
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const { x, y, width, height } = element.getBoundingClientRect();
    const [across, down] = [x + width / 2, y + height / 2];
    const on_top = document.elementFromPoint(across, down);
    return element.contains(on_top) || on_top?.contains(element) ? { across, down } : null;
};
