/** The operations on objects: get, put, copy, delete, tags, and the form of a page. */
@NullMarked
package global.pixell.par.testkit.internal.s3.object;

import org.jspecify.annotations.NullMarked;
