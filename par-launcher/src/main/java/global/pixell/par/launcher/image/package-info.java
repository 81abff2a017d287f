/** What is prepared when an image is built. */
@NullMarked
package global.pixell.par.launcher.image;

import org.jspecify.annotations.NullMarked;
