/** The listings of objects and versions, and the code that all listings share. */
@NullMarked
package global.pixell.par.testkit.internal.s3.listing;

import org.jspecify.annotations.NullMarked;
