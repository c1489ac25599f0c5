// Reports each error that the page shows, however briefly.
(() => {
    const ERRORS = '.ant-message-error, [class*="ant-notification"][class*="-error"], '
        + '.ant-alert-error, .ant-result-error, .ant-result-500';
    const reported = new WeakSet();
    const look = () => {
        for (const element of document.querySelectorAll(ERRORS)) {
            if (!reported.has(element)) {
                reported.add(element);
                window.reportError_(element.innerText.replace(/\s+/g, ' ').trim());
            }
        }
    };
    new MutationObserver(look).observe(document, {
        attributes: true, childList: true, subtree: true,
    });
})();
