/**
 * One record becomes one JSON line, with secrets taken out; no logging framework's types appear
 * here.
 */
@NullMarked
package global.pixell.par.logging;

import org.jspecify.annotations.NullMarked;
